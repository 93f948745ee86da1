using Federation.Api.Agents;

namespace MemberCluster.Agent.Works;

/// <summary>What the agent holds for one uid: a work to run, or a tombstone that it carries out.</summary>
internal sealed record HeldWork
{
    /// <summary>Null when <see cref="Tombstone"/> is set.</summary>
    public Work? Work { get; init; }

    /// <summary>Null when <see cref="Work"/> is set.</summary>
    public Tombstone? Tombstone { get; init; }

    /// <summary>The identity of the store that <see cref="Revision"/> counts in.</summary>
    public string? Store { get; init; }

    /// <summary>True: the last snapshot did not have it. It runs on.</summary>
    public bool IsOrphan { get; init; }

    public string Uid => Work?.Uid ?? Tombstone?.Uid ?? "";

    public long Revision => Work?.Revision ?? Tombstone?.Revision ?? 0;
}

/// <summary>How far the stream of works was followed.</summary>
/// <param name="Store">The store's identity; null before the first bookmark.</param>
/// <param name="Revision">Resume from here; 0 asks for a snapshot.</param>
internal sealed record StreamPosition(string? Store, long Revision)
{
    public static StreamPosition Start { get; } = new(null, 0);
}
