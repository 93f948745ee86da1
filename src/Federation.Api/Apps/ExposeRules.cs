using Federation.Api.Validation;
using Federation.Api.Zones;

namespace Federation.Api.Apps;

internal static class ExposeRules
{
    private const int LongestTtl = 86_400;
    private const int MostAnswers = 100;
    private const int MostHosts = 16;

    public static void Validate(IReadOnlyList<ExposeSpec> expose, IReadOnlyList<ContainerSpec> containers, FieldPath path, FieldErrors errors)
    {
        var containerPorts = containers.SelectMany(container => container.Ports).ToList();
        var names = new HashSet<string>();
        var ports = new HashSet<(int, string)>();
        for (var i = 0; i < expose.Count; i++)
        {
            var (entry, at) = (expose[i], path.Index(i));
            if (entry.Port == 0)
                errors.Required(at.Child("port"));
            else if (!Ports.IsValid(entry.Port))
                errors.Invalid(at.Child("port"), entry.Port, Ports.Rule);
            else if (!ports.Add((entry.Port, entry.Protocol ?? "TCP")))
                errors.Duplicate(at.Child("port"), entry.Port);

            if (entry.Protocol is { } protocol && !Ports.Protocols.Contains(protocol))
                errors.NotSupported(at.Child("protocol"), protocol, Ports.Protocols);

            if (entry.Name is { } name && !Syntax.IsPortName(name))
                errors.Invalid(at.Child("name"), name, Syntax.PortNameRule);
            else if (entry.Name is not null && !names.Add(entry.Name))
                errors.Duplicate(at.Child("name"), entry.Name);

            if (entry.TargetPort is not null)
                Ports.ValidateReference(entry.TargetPort, containerPorts, at.Child("targetPort"), errors);
            if (entry.Dns is { } dns)
                ValidateDns(dns, at.Child("dns"), errors);
            if (entry.Dns is { Hosts.Count: > 0 } && expose.Take(i).Any(earlier => earlier.Dns is not null))
                errors.Forbidden(at.Child("dns").Child("hosts"), "only the first entry with dns counts for the names");
        }
    }

    private static void ValidateDns(DnsSpec dns, FieldPath path, FieldErrors errors)
    {
        if (dns.Ttl is < 0 or > LongestTtl)
            errors.Invalid(path.Child("ttl"), dns.Ttl, $"must be between 0 and {LongestTtl}");
        if (dns.Weights.Count > 0 && dns.Policy is not DnsPolicy.Weighted)
            errors.Forbidden(path.Child("weights"), "only policy Weighted takes weights");
        PlacementRules.ValidateWeights(dns.Weights, path.Child("weights"), errors);
        if (dns.MaxAnswers is < 1 or > MostAnswers)
            errors.Invalid(path.Child("maxAnswers"), dns.MaxAnswers, $"must be between 1 and {MostAnswers}");
        if (dns.SpillBelow is < 0 or > 100)
            errors.Invalid(path.Child("spillBelow"), dns.SpillBelow, "must be between 0 and 100");
        else if (dns.SpillBelow is not null && dns is { Policy: DnsPolicy.Weighted, Weights.Count: 0 })
            errors.Forbidden(path.Child("spillBelow"), "without weights each cluster weighs its ready pods anyway");
        if (dns.Order.Count > 0 && dns.Policy is not DnsPolicy.Failover)
            errors.Forbidden(path.Child("order"), "only policy Failover takes an order");
        else if (dns.Order.Count == 0 && dns.Policy is DnsPolicy.Failover)
            errors.Required(path.Child("order"));
        ValidateOrder(dns.Order, path.Child("order"), errors);
        ValidateHosts(dns.Hosts, path.Child("hosts"), errors);
    }

    private static void ValidateHosts(IReadOnlyList<DnsHost> hosts, FieldPath path, FieldErrors errors)
    {
        if (hosts.Count > MostHosts)
            errors.Invalid(path, hosts.Count, $"must have at most {MostHosts} entries");
        var seen = new HashSet<string>();
        for (var i = 0; i < hosts.Count; i++)
        {
            var (host, at) = (hosts[i], path.Index(i));
            if (host.Name.Length == 0)
                errors.Required(at.Child("name"));
            else if (!host.IsAbsolute && !Syntax.IsDns1123Label(host.Name))
                errors.Invalid(at.Child("name"), host.Name, Syntax.Dns1123LabelRule);
            else if (host.IsAbsolute && !HostNames.IsHost(host.Name))
                errors.Invalid(at.Child("name"), host.Name, HostNames.Rule);
            else if (!seen.Add(host.Name))
                errors.Duplicate(at.Child("name"), host.Name);
            if (host.Weight is < 0 or > ushort.MaxValue)
                errors.Invalid(at.Child("weight"), host.Weight, $"must be between 0 and {ushort.MaxValue}");
        }
    }

    private static void ValidateOrder(IReadOnlyList<DnsChoice> order, FieldPath path, FieldErrors errors)
    {
        var seen = new HashSet<DnsChoice>();
        for (var i = 0; i < order.Count; i++)
        {
            var (choice, at) = (order[i], path.Index(i));
            if (choice.Region is null && choice.Cluster is null)
                errors.Required(at, "must specify one of region and cluster");
            else if (choice.Region is not null && choice.Cluster is not null)
                errors.Forbidden(at, "may not specify both region and cluster");
            else if ((choice.Region ?? choice.Cluster) is { } name && !Syntax.IsDns1123Label(name))
                errors.Invalid(at.Child(choice.Region is null ? "cluster" : "region"), name, Syntax.Dns1123LabelRule);
            else if (!seen.Add(choice))
                errors.Duplicate(at, choice.Region ?? choice.Cluster ?? "");
        }
    }
}
