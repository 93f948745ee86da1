using Federation.Api.Merging;
using Federation.Api.Meta;

namespace Federation.Api.Core;

/// <summary>Kubernetes' v1 Namespace: a place for names. What is in it goes with it.</summary>
public sealed record Namespace : Resource
{
    public const string KindName = "Namespace";

    public override string ApiVersion => "v1";
    public override string Kind => KindName;

    /// <summary>What holds the namespace.</summary>
    public NamespaceSpec Spec { get; init; } = new();

    /// <summary>Whether it is going.</summary>
    public NamespaceStatus Status { get; init; } = new();
}

/// <summary>What holds a namespace.</summary>
public sealed record NamespaceSpec
{
    /// <summary>Who has still to clean up before it can go.</summary>
    public IReadOnlyList<string> Finalizers { get; init; } = [];
}

/// <summary>Whether a namespace is there or going.</summary>
public sealed record NamespaceStatus
{
    /// <summary><c>Active</c> or <c>Terminating</c>.</summary>
    public string Phase { get; init; } = "Active";

    [ListMap("type")]
    public IReadOnlyList<Condition> Conditions { get; init; } = [];
}
