using Federation.Api;
using Federation.Api.Apps;
using Federation.Api.Meta;
using Federation.Api.Zones;
using Federation.Domain.DnsRecords;
using Federation.Gateway.Http;
using Federation.Gateway.Sources;
using Federation.Storage.Cache;

namespace Federation.Gateway.Resources;

/// <summary>Tells who writes an app at once which of its whole names (<c>dns.hosts</c>) it does not get: the name servers only would say so when asked.</summary>
internal sealed class HostWarnings(IObjectCache cache, Freshness freshness)
{
    public async ValueTask<IEnumerable<string>> ForAsync(Resource written, CancellationToken cancellationToken)
    {
        if (written is not PlacedResource { IsDeleting: false } app)
            return [];
        var hosts = DnsNames.SpecOf(app).Hosts.Where(host => host.IsAbsolute).Select(host => host.Name).ToList();
        if (hosts.Count == 0)
            return [];
        try
        {
            // The zone may have been written a moment ago.
            await freshness.WaitAsync(0, cancellationToken);
        }
        catch (RefusedException)
        {
            return []; // What may be old is no ground for a warning.
        }

        var zones = cache.List(Zone.KindName).Select(cached => (Zone)Kinds.Zone.ReadStored(cached.Json.Span, cached.Revision)).Where(zone => !zone.IsDeleting).ToList();
        return hosts.Select(host => WhyNot(host, app.Key.Namespace, zones)).OfType<string>();
    }

    private static string? WhyNot(string host, string @namespace, List<Zone> zones)
    {
        var zone = zones
            .Select(zone => (Zone: zone, Apex: (zone.Spec.Zone ?? zone.Metadata.Name).TrimEnd('.').ToLowerInvariant()))
            .Where(entry => host == entry.Apex || host.EndsWith("." + entry.Apex, StringComparison.Ordinal))
            .OrderByDescending(entry => entry.Apex.Length)
            .ThenBy(entry => entry.Zone.Metadata.CreationTimestamp)
            .ThenBy(entry => entry.Zone.Metadata.Name, StringComparer.Ordinal)
            .FirstOrDefault();
        if (zone.Zone is null)
            return $"host {host} is not answered: no Zone object has it";
        if (host == zone.Apex)
            return $"host {host} is not answered: it is the top of a zone";
        return zone.Zone.Spec.NamespaceFor(host[..^(zone.Apex.Length + 1)]) switch
        {
            null => $"host {host} is not answered: Zone {zone.Zone.Metadata.Name} has it for no namespace (spec.hosts)",
            var owner when owner != @namespace => $"host {host} is not answered for this app: Zone {zone.Zone.Metadata.Name} has it for namespace {owner}",
            _ => null,
        };
    }
}
