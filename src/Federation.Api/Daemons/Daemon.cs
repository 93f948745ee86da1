using Federation.Api.Apps;
using Federation.Api.Meta;
using Federation.Api.Merging;
using Federation.Api.Selectors;

namespace Federation.Api.Daemons;

/// <summary>One pod on each matching machine of each matching cluster, also of those that join later.</summary>
public sealed record Daemon : PlacedResource
{
    public const string KindName = "Daemon";

    public override string ApiVersion => "federation/v1";
    public override string Kind => KindName;

    /// <summary>What is wanted.</summary>
    public DaemonSpec Spec { get; init; } = new();

    /// <summary>What is; set by the control plane.</summary>
    public DaemonStatus Status { get; init; } = new();

    /// <remarks>A cluster that is away keeps its share: its machines are where it ran, and nothing could run in their stead.</remarks>
    protected override PlacedFacts Facts => new()
    {
        Template = Spec.Template,
        Rules = new PlacementSpec
        {
            Clusters = Spec.Placement.Clusters,
            Regions = Spec.Placement.Regions,
            Divide = new DivideSpec { Mode = DivideMode.Duplicate },
            Failover = new FailoverSpec { After = TimeSpan.MaxValue },
        },
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

/// <summary>What is to run on each machine, and on which.</summary>
public sealed record DaemonSpec
{
    /// <summary>What one pod is made of. Its <c>spec.nodeSelector</c> and <c>spec.tolerations</c> choose the machines.</summary>
    public PodTemplate Template { get; init; } = new();

    /// <summary>Which clusters take part.</summary>
    public DaemonPlacement Placement { get; init; } = new();

    /// <summary>The ports under which clients reach the pods, and their names.</summary>
    [ListMap("port")]
    public IReadOnlyList<ExposeSpec> Expose { get; init; } = [];
}

/// <summary>Which clusters run the daemon on their machines: every one that both fields allow.</summary>
public sealed record DaemonPlacement
{
    /// <summary>Only clusters whose labels match; absent: every cluster.</summary>
    public LabelSelector? Clusters { get; init; }

    /// <summary>Only clusters of these regions; empty: every region.</summary>
    public IReadOnlyList<string> Regions { get; init; } = [];
}
