using System.Net;
using Federation.Dns.Wire;

namespace Federation.Dns.Zones;

/// <summary>The answers of one record set, one after the other. Immutable but for the turn that orders them.</summary>
/// <remarks>
/// A weighted answer takes its first record from an additive sequence with the golden ratio as its step: after N answers each record has come first in
/// proportion to its weight within a few answers, without a table, a random number or a lock.
/// </remarks>
internal sealed class PreparedAnswer
{
    private const uint GoldenStep = 2654435769; // 2^32 / the golden ratio

    private const int StickyBits4 = 24;
    private const int StickyBits6 = 56;

    private readonly PreparedRecords _records;
    private uint _turn;

    /// <param name="records">To give.</param>
    /// <param name="previous">Whose turn goes on, so that frequent changes do not favour the first record; null: nobody's.</param>
    public PreparedAnswer(PreparedRecords records, PreparedAnswer? previous)
    {
        _records = records;
        _turn = previous is null ? 0 : Volatile.Read(ref previous._turn);
    }

    public RecordType Type => _records.Type;

    public uint Ttl => _records.Ttl;

    public AnswerOrder Order => _records.Order;

    /// <summary>Who comes first depends on the client's network.</summary>
    public bool IsSticky => _records.IsSticky;

    /// <summary>Records in one answer.</summary>
    public int Count => _records.Count;

    public int AdditionalCount => _records.AdditionalCount;

    public ReadOnlySpan<byte> Additional => _records.Additional;

    /// <summary>What a set of fixed order was made from; null for one whose order changes.</summary>
    public RecordSet? Source => _records.Source;

    /// <summary>Of a CNAME: where it leads.</summary>
    public DnsName? Alias => Type == RecordType.Cname ? ((AliasData)Source!.Records[0]).Target : null;

    /// <summary>Of type A or AAAA.</summary>
    public bool IsAddress => Type is RecordType.A or RecordType.Aaaa;

    /// <summary>Comes from a Zone object, not from an app.</summary>
    public bool IsStatic => _records.IsStatic;

    /// <summary>The records a set of changing order turns over: the data of each, and its weight (all 1 when they are equal).</summary>
    public IEnumerable<(ReadOnlyMemory<byte> Data, uint Weight)> Rotated()
    {
        const int dataOffset = 12;
        var stride = _records.Stride;
        for (var i = 0; stride != 0 && i < _records.Available; i++)
            yield return (_records.Bytes.AsMemory((i * stride) + dataOffset, stride - dataOffset), _records.WeightOf(i));
    }

    /// <summary>Every record that an answer may have.</summary>
    public IEnumerable<RecordData> Data() => Source is { } set ? set.Records : Rotated().Select(record => new AddressData(new IPAddress(record.Data.Span)));

    /// <summary>The bytes of the next answer. Counts as one answer for the order of the following ones, unless the client decides about it.</summary>
    public ReadOnlySpan<byte> Next(ClientAddress client) => Next(client, out _);

    /// <inheritdoc cref="Next(ClientAddress)"/>
    /// <param name="client">Whom the answer is for.</param>
    /// <param name="selection">Which records it has, whatever their order: equal numbers, equal sets.</param>
    public ReadOnlySpan<byte> Next(ClientAddress client, out int selection)
    {
        selection = 0;
        var records = _records;
        if (records.Stride == 0)
            return records.Bytes;
        var first = !records.HasTurns ? 0 : records.IsSticky ? FirstFor(client) : First(Interlocked.Increment(ref _turn) - 1);
        selection = records.Count == records.Available ? 0 : first;
        return records.Bytes.AsSpan(first * records.Stride, records.Count * records.Stride);
    }

    /// <summary>Prepares a set; the turn of <paramref name="previous"/> goes on. Where it gives the same answers it stays as it is.</summary>
    public static PreparedAnswer Prepare(
        DnsName name, RecordSet set, PreparedAnswer? previous, ReadOnlySpan<(DnsName Owner, uint Ttl, RecordData Data)> additional = default, bool isStatic = false,
        RecordClass recordClass = RecordClass.Internet)
    {
        var writer = new RecordWriter(name, compressesData: false, recordClass);
        foreach (var data in set.Records)
            writer.Record(name, set.Ttl, data);
        var answerLength = writer.Length;
        foreach (var (owner, ttl, data) in additional)
            writer.Record(owner, ttl, data);

        var bytes = writer.ToArray();
        var stride = set.Order == AnswerOrder.Fixed ? 0 : answerLength / set.Records.Length;
        var hasTurns = stride != 0 && set.Records.Length > 1;
        var records = new PreparedRecords
        {
            Type = set.Type,
            Ttl = set.Ttl,
            Order = set.Order,
            IsSticky = set.IsSticky && stride != 0,
            Count = stride != 0 && set.MaxRecords > 0 ? Math.Min(set.MaxRecords, set.Records.Length) : set.Records.Length,
            Available = set.Records.Length,
            Stride = stride,
            Bytes = hasTurns ? [.. bytes.AsSpan(0, answerLength), .. bytes.AsSpan(0, answerLength)] : bytes.Length == answerLength ? bytes : bytes[..answerLength],
            UpTo = set.Order == AnswerOrder.Weighted && set.Records.Length > 1 ? AccumulateWeights(set) : null,
            Additional = bytes.Length == answerLength ? [] : bytes[answerLength..],
            AdditionalCount = additional.Length,
            Source = stride == 0 ? set : null,
            IsStatic = isStatic,
        };
        if (previous is not null && previous._records.IsSameAs(records))
            return previous;
        records = records.Shared();
        return hasTurns ? new PreparedAnswer(records, previous) : records.Answer;
    }

    /// <summary>How many bits of a client's address a sticky answer depends on: those of a network in which a client is likely to stay.</summary>
    public static int StickyBits(ClientAddress client) => client.IsIPv4 ? StickyBits4 : StickyBits6;

    /// <summary>See <see cref="ZoneNode.Touch"/>.</summary>
    public int Touch() => (int)_turn;

    /// <inheritdoc cref="PreparedRecords.IsSameAs"/>
    public bool IsSameAs(PreparedAnswer other) => _records.IsSameAs(other._records);

    /// <summary>Rendezvous hashing: each record draws a number with the client, the highest comes first. So a record that goes takes only its own clients along.</summary>
    private int FirstFor(ClientAddress client)
    {
        var network = client.Masked(StickyBits(client));
        var seed = StableHash.Mix(network.High) ^ network.Low;
        var (first, best) = (0, double.NegativeInfinity);
        for (var i = 0; i < _records.Available; i++)
        {
            // An exponential draw over the weight: each record is the first of so many clients as its weight says.
            var draw = (StableHash.Mix(seed ^ Mix(_records.Bytes.AsSpan(i * _records.Stride, _records.Stride))) >> 11) * (1.0 / (1UL << 53));
            var weight = _records.WeightOf(i);
            var score = Math.Log(draw + double.Epsilon) / weight;
            if (score > best)
                (first, best) = (i, score);
        }

        return first;
    }

    /// <summary>All name servers come to the same number.</summary>
    private static ulong Mix(ReadOnlySpan<byte> record)
    {
        const int dataOffset = 12;
        ulong mixed = 0;
        foreach (var digit in record[dataOffset..])
            mixed = StableHash.Mix(mixed ^ digit);
        return mixed;
    }

    private int First(uint turnNumber)
    {
        if (_records.UpTo is not { } upTo)
            return (int)(turnNumber % (uint)_records.Available);
        var point = (uint)(((ulong)(turnNumber * GoldenStep) * upTo[^1]) >> 32);
        var index = 0;
        while (point >= upTo[index])
            index++;
        return index;
    }

    /// <summary>Running totals of the weights, scaled down to 31 bits where they are larger; no record falls to zero.</summary>
    private static uint[] AccumulateWeights(RecordSet set)
    {
        if (set.Weights.Length != set.Records.Length)
            throw new ArgumentException($"{set.Records.Length} records need as many weights, not {set.Weights.Length}.", nameof(set));
        Int128 total = 0;
        foreach (var weight in set.Weights)
            total += weight;
        var divisor = (total >> 30) + 1;
        var totals = new uint[set.Weights.Length];
        uint sum = 0;
        for (var i = 0; i < totals.Length; i++)
            totals[i] = sum += (uint)Int128.Max(1, set.Weights[i] / divisor);
        return totals;
    }
}
