using System.Text.Json.Serialization;
using Federation.Api.Meta;

namespace Federation.Api.Apps;

/// <summary>A kind whose pods are placed on clusters: each cluster that has, or may still have, some of them has a share in the status.</summary>
public abstract record PlacedResource : Resource
{
    /// <summary>What one pod is made of.</summary>
    [JsonIgnore]
    public PodTemplate Template => Facts.Template;

    /// <summary>The template, and earlier ones that some pods still have.</summary>
    [JsonIgnore]
    public virtual IEnumerable<PodTemplate> Templates => [Template];

    /// <summary>The exposed ports.</summary>
    [JsonIgnore]
    public IReadOnlyList<ExposeSpec> Exposed => Facts.Exposed;

    /// <summary>Which clusters may run it, and when a lost one is given up.</summary>
    [JsonIgnore]
    public PlacementSpec Rules => Facts.Rules;

    [JsonIgnore]
    public IReadOnlyList<Condition> Conditions => Facts.Conditions;

    /// <summary>The generation that its status speaks of; 0: nothing was planned yet.</summary>
    [JsonIgnore]
    public long ObservedGeneration => Facts.ObservedGeneration;

    /// <summary>The shares, by cluster.</summary>
    [JsonIgnore]
    public IReadOnlyList<ClusterShare> Shares => Facts.Shares;

    /// <summary>Why the shares are as they are; null: nothing was placed yet.</summary>
    [JsonIgnore]
    public PlacementDecision? Decision => Facts.Decision;

    /// <summary>Which bytes its images stand for; null: nothing is decided.</summary>
    [JsonIgnore]
    public ImagePins? PinnedImages => Facts.Images;

    /// <summary>The longest TTL that resolvers may hold of its names; null: the default one.</summary>
    [JsonIgnore]
    public HandedOutTtl? LongestTtl => Facts.LongestTtl;

    /// <summary>False: it wants no pods at present, and no change of a cluster concerns it.</summary>
    [JsonIgnore]
    public bool WantsPods => Facts.WantsPods;

    /// <summary>False: something that was decided is not seen to be done yet.</summary>
    [JsonIgnore]
    public bool IsSettled => !IsDeleting && Facts.ObservedGeneration == Metadata.Generation && Facts.IsSettled;

    /// <summary>The kind's own fields, under the names that all of them share.</summary>
    protected abstract PlacedFacts Facts { get; }

    /// <summary>The same with these shares in its status.</summary>
    public abstract PlacedResource WithShares(IReadOnlyList<ClusterShare> shares);

    /// <summary>The same with what was decided about its images in its status.</summary>
    public abstract PlacedResource WithImages(ImagePins? images);

    /// <summary>The same with these conditions in its status.</summary>
    public abstract PlacedResource WithConditions(IReadOnlyList<Condition> conditions);

    /// <summary>Whether every cluster runs exactly its share of the newest template.</summary>
    protected static bool IsDone(IReadOnlyList<ClusterShare> shares, PlacementDecision? decision) =>
        decision is { Unplaced: 0 }
        && shares.All(share => share.Phase == SharePhase.Active && share.Running == share.Replicas && share.Updated == share.Replicas);
}

/// <summary>What all placed kinds have in common; see <see cref="PlacedResource"/>.</summary>
public readonly record struct PlacedFacts
{
    public required PodTemplate Template { get; init; }
    public required PlacementSpec Rules { get; init; }
    public required IReadOnlyList<ExposeSpec> Exposed { get; init; }
    public required long ObservedGeneration { get; init; }
    public required IReadOnlyList<Condition> Conditions { get; init; }
    public required IReadOnlyList<ClusterShare> Shares { get; init; }
    public required PlacementDecision? Decision { get; init; }
    public required bool WantsPods { get; init; }

    /// <summary>Null: nothing is decided about its images.</summary>
    public ImagePins? Images { get; init; }

    /// <summary>Null: the default one.</summary>
    public HandedOutTtl? LongestTtl { get; init; }
    public required bool IsSettled { get; init; }
}
