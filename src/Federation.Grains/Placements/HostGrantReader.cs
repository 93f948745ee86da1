using Federation.Api;
using Federation.Api.Zones;
using Federation.Domain.DnsRecords;
using Federation.Storage.Cache;

namespace Federation.Grains.Placements;

/// <summary>What the grains know of the federation's names.</summary>
public sealed record FederationZoneOptions
{
    /// <summary>The federation's zone, without a final dot. <value>Defaulted to empty: not known.</value></summary>
    public string Zone { get; init; } = "";
}

/// <summary>Who may have which whole name, as the Zone objects in the cache say. A version of a Zone is read once.</summary>
public sealed class HostGrantReader(IObjectCache cache, FederationZoneOptions options)
{
    private readonly Lock _lock = new();
    private Dictionary<string, (CachedObject Version, HostZone? Zone)> _known = [];
    private HostGrants? _grants;

    public HostGrants Read()
    {
        var list = cache.List(Zone.KindName);
        lock (_lock)
        {
            if (_grants is { } grants && list.Count == _known.Count && list.All(IsKnown))
                return grants;
            _known = list.ToDictionary(cached => cached.Key.Name, cached => IsKnown(cached) ? _known[cached.Key.Name] : (cached, Of(cached)));
            return _grants = HostGrants.Of(_known.Values.Select(known => known.Zone).OfType<HostZone>(), options.Zone.Length == 0 ? null : options.Zone.ToLowerInvariant());
        }
    }

    internal static HostZone? Of(CachedObject cached) => HostZone.Of((Zone)Kinds.Zone.ReadStored(cached.Json.Span, cached.Revision));

    private bool IsKnown(CachedObject cached) => _known.TryGetValue(cached.Key.Name, out var known) && ReferenceEquals(known.Version, cached);
}
