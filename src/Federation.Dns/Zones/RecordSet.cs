using System.Collections.Immutable;
using Federation.Dns.Wire;

namespace Federation.Dns.Zones;

/// <summary>How the records of a set are ordered from one answer to the next.</summary>
public enum AnswerOrder
{
    /// <summary>Always as given.</summary>
    Fixed,

    /// <summary>Each answer starts with the record after the one that came first before.</summary>
    RoundRobin,

    /// <summary>Each record comes first in proportion to its weight.</summary>
    Weighted,
}

/// <summary>All records of one name and one type.</summary>
/// <param name="Ttl">Seconds.</param>
/// <param name="Weights">For <see cref="AnswerOrder.Weighted"/> one for each record, none below 1; otherwise empty.</param>
/// <param name="MaxRecords">At most this many records in one answer; 0: all. Applies to orders that change, so that every record has its turn.</param>
/// <param name="IsSticky">Of orders that change: who comes first depends on the client's network, not on the turn.</param>
public sealed record RecordSet(
    RecordType Type,
    uint Ttl,
    ImmutableArray<RecordData> Records,
    AnswerOrder Order,
    ImmutableArray<long> Weights,
    int MaxRecords = 0,
    bool IsSticky = false)
{
    public static RecordSet Of(uint ttl, params ImmutableArray<RecordData> records) => new(records[0].Type, ttl, records, AnswerOrder.Fixed, []);
}
