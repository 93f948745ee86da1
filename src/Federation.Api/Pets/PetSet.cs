using System.Text.Json.Serialization;
using Federation.Api.Apps;
using Federation.Api.Meta;

namespace Federation.Api.Pets;

/// <summary>A stateful set, global: pets with identities (<c>db-0</c>, <c>db-1</c> …) that keep name, DNS name and volumes, each at most once in the whole federation.</summary>
public sealed record PetSet : PlacedResource
{
    public const string KindName = "PetSet";

    public override string ApiVersion => "federation/v1";
    public override string Kind => KindName;

    /// <summary>What is wanted.</summary>
    public PetSetSpec Spec { get; init; } = new();

    /// <summary>What is; set by the control plane.</summary>
    public PetSetStatus Status { get; init; } = new();

    /// <summary>The lowest ordinal that is wanted.</summary>
    [JsonIgnore]
    public int FirstOrdinal => Spec.Ordinals.Start ?? 0;

    /// <summary>How many pets are wanted; none once it is being deleted.</summary>
    [JsonIgnore]
    public int Wanted => IsDeleting ? 0 : Spec.Replicas ?? 1;

    /// <summary>Such as <c>db-0</c>.</summary>
    public string NameOf(int ordinal) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Metadata.Name}-{ordinal}");

    /// <summary>Whether the spec asks for this pet.</summary>
    public bool Wants(int ordinal) => ordinal >= FirstOrdinal && ordinal - FirstOrdinal < Wanted;

    /// <summary>Its clusters still have something to do for pets: to run or stop them, or to delete what they left.</summary>
    [JsonIgnore]
    public bool HasPets => Status.Pets.Count > 0 || Status.Leftovers.Count > 0;

    [JsonIgnore]
    public override IEnumerable<PodTemplate> Templates => [Spec.Template, .. Status.Templates.Select(earlier => earlier.Template)];

    protected override PlacedFacts Facts => new()
    {
        Template = Spec.Template,
        Rules = new PlacementSpec
        {
            Clusters = Spec.Placement.Clusters,
            Regions = Spec.Placement.Regions,
            Spread = Spec.Placement.Spread,
            Failover = new FailoverSpec { After = Spec.Placement.Failover?.After },
        },
        Exposed = [.. Spec.Expose.Select(port => port.ToExpose())],
        ObservedGeneration = Status.ObservedGeneration,
        Conditions = Status.Conditions,
        Shares = Status.Clusters,
        Decision = Status.Placement,
        Images = Status.Images,
        WantsPods = true,
        IsSettled = Status.Pets.Count == Wanted && Status.Words.Count == 0 && Status.Leftovers.Count == 0 && Status.Clusters.All(share => share.Phase == SharePhase.Active)
            && Status.Pets.All(pet => pet is { Phase: PetPhase.Ready, Release: null, Reason: null, KeptUntil: null }),
    };

    public override PlacedResource WithShares(IReadOnlyList<ClusterShare> shares) => this with { Status = Status with { Clusters = shares } };

    public override PlacedResource WithImages(ImagePins? images) => this with { Status = Status with { Images = images } };

    public override PlacedResource WithConditions(IReadOnlyList<Condition> conditions) => this with { Status = Status with { Conditions = conditions } };
}
