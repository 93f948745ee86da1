using Federation.Api.Clusters;
using Federation.Api.Meta;
using Federation.Api.Validation;

namespace Federation.Api.Nodes;

/// <summary>Nodes are reported; of what they show, users can write only what they want of a machine.</summary>
internal sealed class NodeRules : KindRules<Node, NodeSpec>
{
    public override NameFormat NameFormat => NameFormat.Subdomain;

    public override IReadOnlyDictionary<string, Func<Resource, string>> SelectableFields { get; } = new Dictionary<string, Func<Resource, string>>
    {
        ["spec.unschedulable"] = static resource => ((Node)resource).Spec.Unschedulable == true ? "true" : "false",
    };

    protected override void Validate(Node resource, FieldErrors errors) =>
        ClusterRules.ValidateTaints(resource.Spec.Taints, FieldPath.Spec.Child("taints"), errors);

    protected override NodeSpec Spec(Node resource) => resource.Spec;

    protected override Node WithStatusOf(Node resource, Node other) => resource with { Status = other.Status };
}
