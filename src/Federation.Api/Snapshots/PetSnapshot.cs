using System.Text.Json.Serialization;
using Federation.Api.Apps;
using Federation.Api.Meta;

namespace Federation.Api.Snapshots;

/// <summary>Copies of the volumes of a PetSet's pets as they were at one moment: once, or by a schedule. It outlives the set; deleted, what it stored is deleted.</summary>
public sealed record PetSnapshot : PlacedResource
{
    public const string KindName = "PetSnapshot";

    private static readonly PodTemplate NoPods = new();
    private static readonly PlacementSpec NoRules = new();

    public override string ApiVersion => "federation/v1";
    public override string Kind => KindName;

    /// <summary>What is wanted.</summary>
    public PetSnapshotSpec Spec { get; init; } = new();

    /// <summary>What is; set by the control plane.</summary>
    public PetSnapshotStatus Status { get; init; } = new();

    /// <summary>It takes again and again.</summary>
    [JsonIgnore]
    public bool IsScheduled => Spec.Schedule is not null;

    /// <remarks>It has shares for the works that its clusters get, and no pods.</remarks>
    protected override PlacedFacts Facts => new()
    {
        Template = NoPods,
        Rules = NoRules,
        Exposed = [],
        ObservedGeneration = Status.ObservedGeneration,
        Conditions = Status.Conditions,
        Shares = Status.Clusters,
        Decision = null,
        WantsPods = false,
        IsSettled = Status.Discards.Count == 0 && Status.Items.All(item => !item.IsOpen) && Status.Clusters.All(share => share.Phase == SharePhase.Active),
    };

    public override PlacedResource WithShares(IReadOnlyList<ClusterShare> shares) => this with { Status = Status with { Clusters = shares } };

    public override PlacedResource WithImages(ImagePins? images) => this;

    public override PlacedResource WithConditions(IReadOnlyList<Condition> conditions) => this with { Status = Status with { Conditions = conditions } };
}
