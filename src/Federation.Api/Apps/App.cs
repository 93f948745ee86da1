using Federation.Api.Meta;

namespace Federation.Api.Apps;

/// <summary>A stateless replicated app, global: one object, however many regions run it.</summary>
public sealed record App : Resource
{
    public const string KindName = "App";

    public override string ApiVersion => "federation/v1";
    public override string Kind => KindName;
    public AppSpec Spec { get; init; } = new();
    public AppStatus Status { get; init; } = new();
}

public sealed record AppSpec
{
    /// <summary>How many pods in all; with <see cref="DivideMode.Duplicate"/>, how many in each cluster. Defaulted to 1.</summary>
    public int? Replicas { get; init; }

    public PodTemplate Template { get; init; } = new();
    public PlacementSpec Placement { get; init; } = new();
    public IReadOnlyList<ExposeSpec> Expose { get; init; } = [];
}
