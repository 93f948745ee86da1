using Federation.Api.Meta;
using Federation.Api.Validation;

namespace Federation.Api.Nodes;

/// <summary>Nodes are reported, never written by users: there is nothing to default or to refuse.</summary>
internal sealed class NodeRules : KindRules<Node, NodeSpec>
{
    public override NameFormat NameFormat => NameFormat.Subdomain;

    public override IReadOnlyDictionary<string, Func<Resource, string>> SelectableFields { get; } = new Dictionary<string, Func<Resource, string>>
    {
        ["spec.unschedulable"] = static resource => ((Node)resource).Spec.Unschedulable == true ? "true" : "false",
    };

    protected override NodeSpec Spec(Node resource) => resource.Spec;

    protected override Node WithStatusOf(Node resource, Node other) => resource with { Status = other.Status };
}
