using Federation.Api.Meta;

namespace Federation.Api.Core;

public sealed record Namespace : Resource
{
    public const string KindName = "Namespace";

    public override string ApiVersion => "v1";
    public override string Kind => KindName;
    public NamespaceSpec Spec { get; init; } = new();
    public NamespaceStatus Status { get; init; } = new();
}

public sealed record NamespaceSpec
{
    public IReadOnlyList<string> Finalizers { get; init; } = [];
}

public sealed record NamespaceStatus
{
    /// <summary><c>Active</c> or <c>Terminating</c>.</summary>
    public string Phase { get; init; } = "Active";
    public IReadOnlyList<Condition> Conditions { get; init; } = [];
}
