using Federation.Api.Meta;

namespace Federation.Api.Core;

internal sealed class NamespaceRules : KindRules<Namespace, NamespaceSpec>
{
    public override IReadOnlyDictionary<string, Func<Resource, string>> SelectableFields { get; } = new Dictionary<string, Func<Resource, string>>
    {
        ["status.phase"] = static resource => ((Namespace)resource).Status.Phase,
    };

    protected override NamespaceSpec Spec(Namespace resource) => resource.Spec;

    protected override Namespace WithStatusOf(Namespace resource, Namespace other) => resource with { Status = other.Status };
}
