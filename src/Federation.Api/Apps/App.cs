using Federation.Api.Merging;
using Federation.Api.Meta;

namespace Federation.Api.Apps;

/// <summary>A stateless replicated app, global: one object, however many regions run it.</summary>
public sealed record App : PlacedResource
{
    public const string KindName = "App";

    public override string ApiVersion => "federation/v1";
    public override string Kind => KindName;

    /// <summary>What is wanted.</summary>
    public AppSpec Spec { get; init; } = new();

    /// <summary>What is; set by the control plane.</summary>
    public AppStatus Status { get; init; } = new();

    protected override PlacedFacts Facts => new()
    {
        Template = Spec.Template,
        Rules = Spec.Placement,
        Exposed = Spec.Expose,
        ObservedGeneration = Status.ObservedGeneration,
        Conditions = Status.Conditions,
        Shares = Status.Clusters,
        Decision = Status.Placement,
        Images = Status.Images,
        LongestTtl = Status.LongestTtl,
        WantsPods = true,
        IsSettled = IsDone(Status.Clusters, Status.Placement),
    };

    public override PlacedResource WithShares(IReadOnlyList<ClusterShare> shares) => this with { Status = Status with { Clusters = shares } };

    public override PlacedResource WithImages(ImagePins? images) => this with { Status = Status with { Images = images } };

    public override PlacedResource WithConditions(IReadOnlyList<Condition> conditions) => this with { Status = Status with { Conditions = conditions } };
}

/// <summary>What is to run, how much of it, and where.</summary>
public sealed record AppSpec
{
    /// <summary>How many pods in all; with <see cref="DivideMode.Duplicate"/>, how many in each cluster. Defaulted to 1.</summary>
    public int? Replicas { get; init; }

    /// <summary>What one pod is made of.</summary>
    public PodTemplate Template { get; init; } = new();

    /// <summary>Where the pods may run.</summary>
    public PlacementSpec Placement { get; init; } = new();

    /// <summary>The ports under which clients reach the pods, and their names.</summary>
    [ListMap("port", "protocol=TCP")]
    public IReadOnlyList<ExposeSpec> Expose { get; init; } = [];
}
