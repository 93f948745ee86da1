using System.Collections.Immutable;
using Federation.Api.Agents;
using Federation.Api.Apps;

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

    /// <summary>What the work asked for before, newest first: pods of it may run until they are replaced or removed, and are probed and stopped as it says.</summary>
    public ImmutableArray<EarlierTemplate> Earlier { get; init; } = [];

    public string Uid => Work?.Uid ?? Tombstone?.Uid ?? "";

    public long Revision => Work?.Revision ?? Tombstone?.Revision ?? 0;

    /// <summary>All that pods of it may be made of, the present one first.</summary>
    public IEnumerable<EarlierTemplate> Templates => Work is null ? Earlier :
    [
        new EarlierTemplate(Work.TemplateHash, Work.Template),
        .. (Work.Pets?.Earlier ?? []).Select(template => new EarlierTemplate(template.Hash, template.Template)),
        .. Earlier,
    ];

    /// <summary>In the place of what was held before of the same uid.</summary>
    public HeldWork After(HeldWork? held) => held is null ? this : this with
    {
        Earlier = [.. held.Templates.Where(template => template.Hash != Work?.TemplateHash).DistinctBy(template => template.Hash).Take(EarlierTemplate.Most)],
    };
}

/// <summary>A template by its hash.</summary>
internal sealed record EarlierTemplate(string Hash, PodTemplate Template)
{
    /// <summary>Pods of older ones than these are kept, and stopped, without being known.</summary>
    public const int Most = 4;
}

/// <summary>How far the stream of works was followed.</summary>
/// <param name="Store">The store's identity; null before the first bookmark.</param>
/// <param name="Revision">Resume from here; 0 asks for a snapshot.</param>
internal sealed record StreamPosition(string? Store, long Revision)
{
    public static StreamPosition Start { get; } = new(null, 0);
}
