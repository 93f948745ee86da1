using System.Net;
using Federation.Dns.Wire;

namespace Federation.Dns.Zones;

/// <summary>A record set as bytes, ready to follow a question for its name: the one pointer in each record is its owner's, to the question. Immutable but for the turn that orders its answers.</summary>
/// <remarks>
/// Records of one length are kept twice in a row, so any rotation of them is one stretch of bytes and one copy.
/// A weighted answer takes its first record from an additive sequence with the golden ratio as its step: after N answers each record has come first in
/// proportion to its weight within a few answers, without a table, a random number or a lock.
/// </remarks>
internal sealed class PreparedAnswer
{
    private const uint GoldenStep = 2654435769; // 2^32 / the golden ratio

    private const int StickyBits4 = 24;
    private const int StickyBits6 = 56;

    private readonly byte[] _records;
    private readonly int _stride;
    private readonly int _available;
    private readonly AnswerTurn? _turn; // none while there is nothing to turn over
    private readonly uint[]? _upTo;
    private readonly byte[] _additional;

    private PreparedAnswer(RecordSet set, byte[] records, int stride, uint[]? upTo, byte[] additional, int additionalCount, AnswerTurn? turn)
    {
        Type = set.Type;
        Ttl = set.Ttl;
        Order = set.Order;
        IsSticky = set.IsSticky && stride != 0;
        Source = stride == 0 ? set : null;
        Alias = set.Type == RecordType.Cname ? ((AliasData)set.Records[0]).Target : null;
        _available = set.Records.Length;
        Count = stride != 0 && set.MaxRecords > 0 ? Math.Min(set.MaxRecords, _available) : _available;
        AdditionalCount = additionalCount;
        _records = records;
        _stride = stride;
        _upTo = upTo;
        _additional = additional;
        _turn = turn;
    }

    public RecordType Type { get; }

    public uint Ttl { get; }

    public AnswerOrder Order { get; }

    /// <summary>Who comes first depends on the client's network.</summary>
    public bool IsSticky { get; }

    /// <summary>Records in one answer.</summary>
    public int Count { get; }

    public int AdditionalCount { get; }

    public ReadOnlySpan<byte> Additional => _additional;

    /// <summary>What a set of fixed order was made from; null for one whose order changes.</summary>
    public RecordSet? Source { get; }

    /// <summary>Of a CNAME: where it leads.</summary>
    public DnsName? Alias { get; }

    /// <summary>Comes from a Zone object, not from an app.</summary>
    public bool IsStatic { get; init; }

    /// <summary>The records a set of changing order turns over: the data of each, and its weight (all 1 when they are equal).</summary>
    public IEnumerable<(ReadOnlyMemory<byte> Data, uint Weight)> Rotated()
    {
        const int dataOffset = 12;
        for (var i = 0; _stride != 0 && i < _available; i++)
        {
            var weight = _upTo is null ? 1 : _upTo[i] - (i == 0 ? 0 : _upTo[i - 1]);
            yield return (_records.AsMemory((i * _stride) + dataOffset, _stride - dataOffset), weight);
        }
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
        if (_stride == 0)
            return _records;
        var first = _turn is null || _available == 1 ? 0 : IsSticky ? FirstFor(client) : First(_turn.Take());
        selection = Count == _available ? 0 : first;
        return _records.AsSpan(first * _stride, Count * _stride);
    }

    /// <summary>Prepares a set; the turn of <paramref name="previous"/> goes on, so that frequent changes do not favour the first record.</summary>
    public static PreparedAnswer Prepare(
        DnsName name, RecordSet set, PreparedAnswer? previous, ReadOnlySpan<(DnsName Owner, uint Ttl, RecordData Data)> additional = default, bool isStatic = false)
    {
        var writer = new RecordWriter(name, compressesData: false);
        foreach (var data in set.Records)
            writer.Record(name, set.Ttl, data);
        var answerLength = writer.Length;
        foreach (var (owner, ttl, data) in additional)
            writer.Record(owner, ttl, data);

        var bytes = writer.ToArray();
        var once = bytes[..answerLength];
        var length = set.Order == AnswerOrder.Fixed ? 0 : answerLength / set.Records.Length;
        return new PreparedAnswer(
            set,
            length == 0 ? once : [.. once, .. once],
            length,
            set.Order == AnswerOrder.Weighted && set.Records.Length > 1 ? AccumulateWeights(set) : null,
            bytes[answerLength..],
            additional.Length,
            previous?._turn ?? (length != 0 && set.Records.Length > 1 ? new AnswerTurn() : null))
        { IsStatic = isStatic };
    }

    /// <summary>How many bits of a client's address a sticky answer depends on: those of a network in which a client is likely to stay.</summary>
    public static int StickyBits(ClientAddress client) => client.IsIPv4 ? StickyBits4 : StickyBits6;

    /// <summary>Whether the two give the same answers, turns aside.</summary>
    public bool IsSameAs(PreparedAnswer other) =>
        Type == other.Type && IsStatic == other.IsStatic && _stride == other._stride && Count == other.Count && Order == other.Order && IsSticky == other.IsSticky
        && _records.AsSpan().SequenceEqual(other._records) && _additional.AsSpan().SequenceEqual(other._additional)
        && _upTo.AsSpan().SequenceEqual(other._upTo);

    /// <summary>Rendezvous hashing: each record draws a number with the client, the highest comes first. So a record that goes takes only its own clients along.</summary>
    private int FirstFor(ClientAddress client)
    {
        var network = client.Masked(StickyBits(client));
        var seed = Mix(network.High) ^ network.Low;
        var (first, best) = (0, double.NegativeInfinity);
        for (var i = 0; i < _available; i++)
        {
            // An exponential draw over the weight: each record is the first of so many clients as its weight says.
            var draw = (Mix(seed ^ Mix(_records.AsSpan(i * _stride, _stride))) >> 11) * (1.0 / (1UL << 53));
            var weight = _upTo is null ? 1 : _upTo[i] - (i == 0 ? 0 : _upTo[i - 1]);
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
            mixed = Mix(mixed ^ digit);
        return mixed;
    }

    /// <summary>The finalizer of SplitMix64.</summary>
    private static ulong Mix(ulong value)
    {
        value += 0x9E3779B97F4A7C15;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }

    private int First(uint turnNumber)
    {
        if (_upTo is null)
            return (int)(turnNumber % (uint)_available);
        var point = (uint)(((ulong)(turnNumber * GoldenStep) * _upTo[^1]) >> 32);
        var index = 0;
        while (point >= _upTo[index])
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

/// <summary>Counts the answers of one record set over all threads.</summary>
internal sealed class AnswerTurn
{
    private uint _next;

    public uint Take() => Interlocked.Increment(ref _next) - 1;
}
