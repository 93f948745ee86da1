using Federation.Api.Agents;
using Federation.Api.Apps;
using Federation.Api.Clusters;
using Federation.Api.Json;
using Federation.Api.Meta;
using Federation.Gateway.Http;
using Federation.Gateway.Sources;
using Federation.Storage.Cache;
using Microsoft.AspNetCore.Http;

namespace Federation.Gateway.Agents;

/// <summary>Tells a cluster whom it may measure its distance to. Nothing in it is more than DNS says.</summary>
internal sealed class PeersEndpoint(IObjectCache cache, WorksHub works)
{
    private const int MostOfARegion = 2;
    private const int MostLooks = 16;

    /// <summary>Nothing listens there as a rule: a host refuses it, and that takes one round trip, too.</summary>
    private const int DiscardPort = 9;

    public Task ServeAsync(HttpContext context, string cluster)
    {
        var all = cache.List(Cluster.KindName).Select(cached => (Cluster)ObjectView.Of(cached).Resource).ToList();
        var own = all.FirstOrDefault(one => one.Metadata.Name == cluster)?.Spec.Region;
        var peers = all
            .Where(other => other.Spec.Region != own && other.Status.Conditions.IsTrue(ClusterConditions.Ready) && other.EffectiveAddresses().Count > 0)
            .OrderBy(other => other.Metadata.Name, StringComparer.Ordinal)
            .GroupBy(other => other.Spec.Region)
            .SelectMany(region => region.Take(MostOfARegion))
            .Select(other => new RegionPeer { Region = other.Spec.Region, Cluster = other.Metadata.Name, Address = other.EffectiveAddresses()[0], Port = PortOf(other.Metadata.Name) });
        return context.WriteJsonAsync(ApiJson.ToUtf8(new RegionPeers { Peers = [.. peers] }));
    }

    /// <summary>A TCP port of an app that runs there: a firewall lets clients through to it.</summary>
    private int PortOf(string cluster) => works.PlacedOn(cluster, MostLooks)
        .Select(key => cache.Current(key) is { } cached ? ObjectView.Of(cached).Resource as PlacedResource : null)
        .OfType<PlacedResource>()
        .Where(placed => placed.Shares.Any(share => share.Cluster == cluster && share.Ready > 0))
        .SelectMany(placed => placed.Exposed)
        .FirstOrDefault(expose => expose.Protocol != "UDP")?.Port ?? DiscardPort;
}
