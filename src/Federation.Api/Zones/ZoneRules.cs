using Federation.Api.Validation;
using Federation.Api.Zones.Files;

namespace Federation.Api.Zones;

internal sealed class ZoneRules : KindRules<Zone, ZoneSpec>
{
    /// <summary>More than this is a file on the way to another name server; an object is held by every watcher.</summary>
    private const int LongestRecords = 1 << 20;
    private const int DefaultTtl = 300;
    private const int MostHosts = 1000;

    public override NameFormat NameFormat => NameFormat.Subdomain;

    protected override ZoneSpec Spec(Zone resource) => resource.Spec;

    protected override Zone Default(Zone resource) =>
        resource with { Spec = resource.Spec with { Zone = resource.Spec.Zone ?? resource.Metadata.Name, Ttl = resource.Spec.Ttl ?? DefaultTtl } };

    protected override void Validate(Zone resource, FieldErrors errors)
    {
        var spec = resource.Spec;
        var name = spec.Zone ?? resource.Metadata.Name;
        if (!DomainNameText.TryMakeAbsolute(name, ".", out var apex, out var problem) || apex == ".")
        {
            errors.Invalid(FieldPath.Spec.Child("zone"), name, problem ?? "must not be the root");
            return;
        }

        if (spec.Ttl is < 0)
            errors.Invalid(FieldPath.Spec.Child("ttl"), spec.Ttl, "must not be negative");
        ValidateHosts(spec.Hosts, FieldPath.Spec.Child("hosts"), errors);
        if (spec.Records.Length > LongestRecords)
        {
            errors.TooLong(FieldPath.Spec.Child("records"), LongestRecords);
            return;
        }

        foreach (var error in ZoneFile.Read(spec.Records, apex, (uint)Math.Max(0, spec.Ttl ?? DefaultTtl)).Errors)
            errors.Invalid(FieldPath.Spec.Child("records"), error.Shown, error.ToString());
    }

    private static void ValidateHosts(IReadOnlyList<ZoneHost> hosts, FieldPath path, FieldErrors errors)
    {
        if (hosts.Count > MostHosts)
            errors.Invalid(path, hosts.Count, $"must have at most {MostHosts} entries");
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < hosts.Count; i++)
        {
            var (host, at) = (hosts[i], path.Index(i));
            if (host.Name.Length == 0)
                errors.Required(at.Child("name"));
            else if (host.Name is not ("*" or ZoneHost.Top) && !HostNames.IsHost(host.Name))
                errors.Invalid(at.Child("name"), host.Name, HostNames.Rule);
            else if (!seen.Add(host.Name))
                errors.Duplicate(at.Child("name"), host.Name);
            if (host.Namespace.Length == 0)
                errors.Required(at.Child("namespace"));
            else if (!Syntax.IsDns1123Label(host.Namespace))
                errors.Invalid(at.Child("namespace"), host.Namespace, Syntax.Dns1123LabelRule);
        }
    }
}
