using System.Collections.Immutable;
using Federation.Domain.DnsRecords;

namespace Federation.Dns.Answering;

/// <summary>What one query would be answered with, and why. Made for people and for <c>-o json</c>.</summary>
public sealed record AnswerExplanation
{
    /// <summary>The name asked for, absolute.</summary>
    public required string Name { get; init; }
    public required string Type { get; init; }

    /// <summary>The response code as tools print it: <c>NOERROR</c>, <c>NXDOMAIN</c>, …</summary>
    public required string ResponseCode { get; init; }

    /// <summary>A sentence: what the answer is and what it rests on.</summary>
    public required string Summary { get; init; }
    public required string Zone { get; init; }

    /// <summary>The zone's serial; 0 before the first version is loaded.</summary>
    public required uint Serial { get; init; }

    /// <summary>The store revision that the zone shows.</summary>
    public required long Revision { get; init; }

    /// <summary>Seconds since the feed was lost; 0 while it is connected.</summary>
    public required double StaleSeconds { get; init; }

    /// <summary>The app behind the name as <c>namespace/name</c>; null: none.</summary>
    public string? App { get; init; }

    /// <summary>The name whose data is given: the name itself, or the global one when a region has no healthy address.</summary>
    public string? AnsweredAs { get; init; }
    public string? Policy { get; init; }

    /// <summary>Who asks; null: nobody in particular.</summary>
    public string? From { get; init; }

    /// <summary>The region that the client counts to; null: it is not known, or the answer does not depend on it.</summary>
    public string? ClientRegion { get; init; }

    /// <summary>Of policy Latency: how far each region with an answer is from the client's, nearest first. Null milliseconds: not measured.</summary>
    public ImmutableArray<ExplainedDistance> Distances { get; init; } = [];

    /// <summary>How many leading bits of the client's address the answer depends on; 0: none.</summary>
    public int ScopeBits { get; init; }

    /// <summary>Seconds; for an answer without data, how long its absence may be remembered is the zone's negative TTL.</summary>
    public uint? Ttl { get; init; }

    /// <summary>How many records one answer carries; the others have their turn in later ones.</summary>
    public int RecordsPerAnswer { get; init; }
    public ImmutableArray<ExplainedRecord> Records { get; init; } = [];

    /// <summary>A sentence about records of a Zone object that are not served at this name; null: there are none.</summary>
    public string? LeftOut { get; init; }

    /// <summary>Every cluster with a share of the app, in the answer or out of it.</summary>
    public ImmutableArray<ClusterVerdict> Clusters { get; init; } = [];

    /// <summary>Who takes only a part of its clients for want of ready pods.</summary>
    public ImmutableArray<SpillVerdict> Spills { get; init; } = [];

    /// <summary>Of a host that several apps share: each of them, the one whose policy counts first. Empty: it is one app's.</summary>
    public ImmutableArray<SharerVerdict> Sharers { get; init; } = [];
}

/// <summary>How far a region is from the client's.</summary>
public sealed record ExplainedDistance(string Region, double? Milliseconds);

/// <summary>One record that the answers are made of.</summary>
/// <param name="Data">As in a zone file.</param>
/// <param name="Share">How much of the answers it comes first in, from 0 to 1.</param>
/// <param name="Clusters">The clusters behind it.</param>
public sealed record ExplainedRecord(string Data, double Share, ImmutableArray<string> Clusters)
{
    /// <summary>Of a shared host: the apps behind it, as <c>namespace/name</c>.</summary>
    public ImmutableArray<string> Apps { get; init; } = [];
}
