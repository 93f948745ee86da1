using System.Collections.Immutable;
using Federation.Api.Apps;
using Federation.Api.Pets;

namespace Federation.Domain.DnsRecords;

/// <summary>The names of one host: its own, and one for each region that answers for itself.</summary>
public static class DnsNames
{
    /// <summary>An app's own host; null: it exposes nothing, or is called what DNS has no name for.</summary>
    public static string? HostOf(PlacedResource app) =>
        app.Exposed.Count == 0 || !DnsLabel.IsValid(app.Metadata.Name) || !DnsLabel.IsValid(app.Metadata.Namespace) ? null : HostOf(app.Metadata.Name, app.Metadata.Namespace);

    public static string HostOf(string name, string @namespace) => $"{name}.{@namespace}.svc";

    /// <summary>A whole name, in whatever zone it is; otherwise one relative to the federation's.</summary>
    public static bool IsAbsolute(string host) => host.EndsWith('.');

    /// <summary>The first entry that says something about names says it for all.</summary>
    public static DnsSpec SpecOf(PlacedResource app) => app.Exposed.FirstOrDefault(expose => expose.Dns is not null)?.Dns ?? new DnsSpec();

    public static ImmutableArray<PlannedService> ServicesOf(PlacedResource app) =>
    [
        .. SharedPorts(app)
            .Select(expose => new PlannedService(expose.Name ?? $"port-{expose.Port}", expose.Port, expose.Protocol == "UDP"))
            .Where(service => DnsLabel.IsValid(service.Name) && service.Port is > 0 and <= ushort.MaxValue)
            .DistinctBy(service => service.Name, StringComparer.Ordinal),
    ];

    /// <summary>A region without a healthy address has no name of its own here: the zone then answers its regional name like the nearest one's, or like the global one.</summary>
    internal static IEnumerable<IGrouping<string, WeighedAddress>> Regions(IEnumerable<WeighedAddress> addresses) => addresses
        .Where(address => DnsLabel.IsValid(address.Region))
        .GroupBy(address => address.Region, StringComparer.Ordinal)
        .OrderBy(region => region.Key, StringComparer.Ordinal);

    /// <summary>Each address once (a record set is a set, RFC 2181 section 5): clusters, and apps, behind one address add their weights.</summary>
    internal static ImmutableArray<PlannedAddress> Merge(IEnumerable<WeighedAddress> addresses) =>
    [
        .. addresses.GroupBy(address => address.Address).Select(same => new PlannedAddress(
            same.Key,
            same.Sum(address => address.Weight),
            [.. same.Select(address => address.Cluster).Distinct()])
        {
            Apps = [.. same.Select(address => address.App).OfType<string>().Distinct()],
        }),
    ];

    /// <summary>Those that lead to all ready pods. A port that each pet has for itself is a service of its own sort.</summary>
    private static IEnumerable<ExposeSpec> SharedPorts(PlacedResource app) =>
        app is PetSet set ? set.Spec.Expose.Where(expose => expose.PerPet != true).Select(expose => expose.ToExpose()) : app.Exposed;
}
