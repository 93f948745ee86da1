using Federation.Api.Apps;
using Federation.Api.Meta;
using Federation.Api.Validation;

namespace Federation.Api.Pods;

/// <summary>Pods are reported, never written by users: there is nothing to default or to refuse.</summary>
internal sealed class PodRules : KindRules<Pod, PodSpec>
{
    public override NameFormat NameFormat => NameFormat.Subdomain;

    public override IReadOnlyDictionary<string, Func<Resource, string>> SelectableFields { get; } = new Dictionary<string, Func<Resource, string>>
    {
        ["spec.nodeName"] = static resource => ((Pod)resource).Spec.NodeName ?? "",
        ["spec.restartPolicy"] = static resource => ((Pod)resource).Spec.RestartPolicy ?? "",
        ["status.phase"] = static resource => ((Pod)resource).Status.Phase,
        ["status.podIP"] = static resource => ((Pod)resource).Status.PodIP ?? "",
    };

    protected override PodSpec Spec(Pod resource) => resource.Spec;

    protected override Pod WithStatusOf(Pod resource, Pod other) => resource with { Status = other.Status };
}
