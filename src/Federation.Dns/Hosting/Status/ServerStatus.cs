using System.Collections.Immutable;

namespace Federation.Dns.Hosting.Status;

/// <summary>The name servers of the federation, as they answer for themselves.</summary>
/// <param name="Zone">The federation's.</param>
/// <param name="Zones">The zones that the one that was asked serves, the federation's first, then Zone objects that it does not serve.</param>
public sealed record NameServersStatus(string Zone, ImmutableArray<ServerStatus> Servers, ImmutableArray<ZoneStatus> Zones);

/// <summary>One name server, as it answers at one address.</summary>
public sealed record ServerStatus
{
    /// <summary>Address and port.</summary>
    public required string Address { get; init; }

    /// <summary>Null: it answered; else a sentence about why not.</summary>
    public string? Problem { get; init; }

    /// <summary>Its id; empty: it has none.</summary>
    public string Server { get; init; } = "";

    /// <summary>Of the federation's zone; 0 before the first version is loaded.</summary>
    public uint Serial { get; init; }

    /// <summary>The store revision that its answers show.</summary>
    public long Revision { get; init; }

    /// <summary>False: it has lost its feed, and answers from what it knows.</summary>
    public bool IsConnected { get; init; }

    /// <summary>Seconds since the feed was lost; 0 while it is connected.</summary>
    public double StaleSeconds { get; init; }

    /// <summary>When the feed was lost; null while it is connected.</summary>
    public DateTimeOffset? CutOffSince { get; init; }

    /// <summary>Milliseconds until the answer was there.</summary>
    public double Milliseconds { get; init; }
}
