using System.Text.Json.Serialization;
using Federation.Api.Apps;
using Federation.Api.Meta;

namespace Federation.Api.Jobs;

/// <summary>Pods that run to their end, one for each index, over all clusters together. With a schedule: a maker of such Jobs.</summary>
public sealed record Job : PlacedResource
{
    public const string KindName = "Job";

    public override string ApiVersion => "federation/v1";
    public override string Kind => KindName;

    /// <summary>What is wanted.</summary>
    public JobSpec Spec { get; init; } = new();

    /// <summary>What is; set by the control plane.</summary>
    public JobStatus Status { get; init; } = new();

    /// <summary>It is complete or has failed, for good.</summary>
    [JsonIgnore]
    public bool IsFinished => Status.Conditions.IsTrue(JobConditions.Complete) || Status.Conditions.IsTrue(JobConditions.Failed);

    /// <summary>It runs no pods itself; it makes Jobs that do.</summary>
    [JsonIgnore]
    public bool IsScheduled => Spec.Schedule is not null;

    /// <remarks>Free capacity decides where indexes run: what runs already stays where it is, whatever other clusters have become.</remarks>
    protected override PlacedFacts Facts => new()
    {
        Template = Spec.Template,
        Rules = new PlacementSpec
        {
            Clusters = Spec.Placement.Clusters,
            Regions = Spec.Placement.Regions,
            Divide = new DivideSpec { Mode = DivideMode.Capacity },
            Failover = Spec.Placement.Failover,
        },
        Exposed = [],
        ObservedGeneration = Status.ObservedGeneration,
        Conditions = Status.Conditions,
        Shares = Status.Clusters,
        Decision = Status.Placement,
        Images = Status.Images,
        WantsPods = !IsScheduled && !IsFinished && Spec.Suspend != true,
        IsSettled = IsFinished || IsScheduled || Spec.Suspend == true,
    };

    public override PlacedResource WithShares(IReadOnlyList<ClusterShare> shares) => this with { Status = Status with { Clusters = shares } };

    public override PlacedResource WithImages(ImagePins? images) => this with { Status = Status with { Images = images } };

    public override PlacedResource WithConditions(IReadOnlyList<Condition> conditions) => this with { Status = Status with { Conditions = conditions } };
}
