using Federation.Dns.Wire;

namespace Federation.Dns.Zones;

/// <summary>A record set as bytes, ready to follow a question for its name: the one pointer in each record is its owner's, to the question. Immutable.</summary>
/// <remarks>
/// Records of one length are kept twice in a row, so any rotation of them is one stretch of bytes and one copy. Addresses do not contain their owner: the
/// names that have the same ones (all apps of the same clusters) share them, see <see cref="Shared"/>.
/// </remarks>
internal sealed class PreparedRecords
{
    /// <summary>What was made lately, by its hash. Whoever comes too late for it keeps its own.</summary>
    private static readonly PreparedRecords?[] Known = new PreparedRecords?[1 << 12];

    private PreparedAnswer? _answer;

    public required RecordType Type { get; init; }

    public required uint Ttl { get; init; }

    public required AnswerOrder Order { get; init; }

    public required bool IsSticky { get; init; }

    /// <summary>Records in one answer.</summary>
    public required int Count { get; init; }

    /// <summary>Records that answers are made of.</summary>
    public required int Available { get; init; }

    /// <summary>The length of each record, when their order changes; 0: it does not.</summary>
    public required int Stride { get; init; }

    public required byte[] Bytes { get; init; }

    /// <summary>Running totals of the weights; null: all weigh the same.</summary>
    public uint[]? UpTo { get; init; }

    public byte[] Additional { get; init; } = [];

    public int AdditionalCount { get; init; }

    /// <summary>What a set of fixed order was made from; null for one whose order changes.</summary>
    public RecordSet? Source { get; init; }

    /// <summary>Comes from a Zone object, not from an app.</summary>
    public bool IsStatic { get; init; }

    /// <summary>There is more than one record, and they take turns.</summary>
    public bool HasTurns => Stride != 0 && Available > 1;

    public uint WeightOf(int record) => UpTo is null ? 1 : UpTo[record] - (record == 0 ? 0 : UpTo[record - 1]);

    /// <summary>The answer that all names share which have these records and nothing to turn over.</summary>
    public PreparedAnswer Answer => _answer ??= new PreparedAnswer(this, null);

    /// <summary>These records, or equal ones that other names have. Safe for concurrent use.</summary>
    public PreparedRecords Shared()
    {
        if (Stride == 0 || IsStatic)
            return this;
        var hash = new HashCode();
        hash.AddBytes(Bytes);
        hash.Add(Ttl);
        hash.Add(Count);
        foreach (var total in UpTo ?? [])
            hash.Add(total);
        ref var place = ref Known[hash.ToHashCode() & (Known.Length - 1)];
        if (Volatile.Read(ref place) is { } known && known.IsSameAs(this))
            return known;
        Volatile.Write(ref place, this);
        return this;
    }

    /// <summary>Whether the two give the same answers, turns aside.</summary>
    public bool IsSameAs(PreparedRecords other) =>
        ReferenceEquals(this, other)
        || (Type == other.Type && IsStatic == other.IsStatic && Stride == other.Stride && Count == other.Count && Order == other.Order && IsSticky == other.IsSticky
            && Bytes.AsSpan().SequenceEqual(other.Bytes) && Additional.AsSpan().SequenceEqual(other.Additional)
            && UpTo.AsSpan().SequenceEqual(other.UpTo));
}
