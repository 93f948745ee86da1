using System.Net;
using Federation.Api.Validation;

namespace Federation.Api.Clusters;

internal sealed class ClusterRules : KindRules<Cluster, ClusterSpec>
{
    private static readonly TimeSpan DefaultLease = TimeSpan.FromSeconds(5);

    protected override ClusterSpec Spec(Cluster resource) => resource.Spec;

    protected override Cluster WithStatusOf(Cluster resource, Cluster other) => resource with { Status = other.Status };

    protected override Cluster Default(Cluster resource) =>
        resource with { Spec = resource.Spec with { LeaseDuration = resource.Spec.LeaseDuration ?? DefaultLease } };

    protected override void Validate(Cluster resource, FieldErrors errors)
    {
        var spec = resource.Spec;
        if (spec.Region.Length == 0)
            errors.Required(FieldPath.Spec.Child("region"));
        else if (!Syntax.IsDns1123Label(spec.Region))
            errors.Invalid(FieldPath.Spec.Child("region"), spec.Region, Syntax.Dns1123LabelRule);
        if (spec.Zone is { } zone && !Syntax.IsDns1123Label(zone))
            errors.Invalid(FieldPath.Spec.Child("zone"), zone, Syntax.Dns1123LabelRule);
        if (spec.LeaseDuration < TimeSpan.FromSeconds(1))
            errors.Invalid(FieldPath.Spec.Child("leaseDuration"), Json.DurationConverter.Format(spec.LeaseDuration.Value), "must be at least 1s");
        ValidateAddresses(spec.Addresses, FieldPath.Spec.Child("addresses"), errors);
        ValidateTaints(spec.Taints, FieldPath.Spec.Child("taints"), errors);
        ValidateNodes(spec.Nodes, FieldPath.Spec.Child("nodes"), errors);
    }

    /// <remarks>A machine need not exist yet: what is wanted of it waits for it.</remarks>
    private static void ValidateNodes(IReadOnlyList<NodeSettings> nodes, FieldPath path, FieldErrors errors)
    {
        var seen = new HashSet<string>();
        for (var i = 0; i < nodes.Count; i++)
        {
            var (node, at) = (nodes[i], path.Index(i));
            if (node.Name.Length == 0)
                errors.Required(at.Child("name"));
            else if (!Syntax.IsDns1123Subdomain(node.Name))
                errors.Invalid(at.Child("name"), node.Name, Syntax.Dns1123SubdomainRule);
            else if (!seen.Add(node.Name))
                errors.Duplicate(at.Child("name"), node.Name);
            ValidateTaints(node.Taints, at.Child("taints"), errors);
            MetadataRules.ValidateLabels(node.Labels, at.Child("labels"), errors);
        }
    }

    private static void ValidateAddresses(IReadOnlyList<string> addresses, FieldPath path, FieldErrors errors)
    {
        var seen = new HashSet<IPAddress>();
        for (var i = 0; i < addresses.Count; i++)
        {
            // IPAddress takes "1" and "0x7f.1" for IPv4; what comes out must be what went in.
            var isAddress = IPAddress.TryParse(addresses[i], out var address)
                && (addresses[i].Contains(':') ? !addresses[i].Contains('%') && !addresses[i].Contains('[') : address.ToString() == addresses[i]);
            if (!isAddress)
                errors.Invalid(path.Index(i), addresses[i], "must be a valid IP address");
            else if (!seen.Add(address!))
                errors.Duplicate(path.Index(i), addresses[i]);
        }
    }

    /// <summary>Taints of a cluster or a machine.</summary>
    internal static void ValidateTaints(IReadOnlyList<Taint> taints, FieldPath path, FieldErrors errors)
    {
        var seen = new HashSet<(string, string)>();
        for (var i = 0; i < taints.Count; i++)
        {
            var (taint, at) = (taints[i], path.Index(i));
            if (taint.Key.Length == 0)
                errors.Required(at.Child("key"));
            else if (!Syntax.IsQualifiedName(taint.Key))
                errors.Invalid(at.Child("key"), taint.Key, Syntax.QualifiedNameRule);
            else if (!seen.Add((taint.Key, taint.Effect)))
                errors.Duplicate(at, taint.Key);
            if (!Syntax.IsLabelValue(taint.Value))
                errors.Invalid(at.Child("value"), taint.Value!, Syntax.LabelValueRule);
            if (taint.Effect != "NoSchedule")
                errors.NotSupported(at.Child("effect"), taint.Effect, ["NoSchedule"]);
        }
    }
}
