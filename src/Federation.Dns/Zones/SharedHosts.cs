using System.Collections.Immutable;
using Federation.Api;
using Federation.Api.Apps;
using Federation.Api.Clusters;
using Federation.Dns.Wire;
using Federation.Domain.DnsRecords;

namespace Federation.Dns.Zones;

/// <summary>The hosts that apps list (<c>dns.hosts</c>): who claims which, and their names in the zone.</summary>
/// <remarks>
/// A host is below its namespace, so only apps of one namespace can share one. Hosts are relative to the zone: <c>www.shop.svc</c>. Not safe for concurrent use.
/// </remarks>
internal sealed class SharedHosts(ZoneEditor editor, AppRecordSets recordSets)
{
    private readonly Dictionary<ObjectKey, ImmutableArray<(string Host, int Weight)>> _claims = [];
    private readonly Dictionary<string, HashSet<ObjectKey>> _claimants = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ImmutableArray<DnsName>> _published = new(StringComparer.Ordinal);
    private readonly HashSet<string> _stale = new(StringComparer.Ordinal);

    /// <summary>Apps list it, so its names are not those of one app alone.</summary>
    public bool IsClaimed(string? host) => host is not null && _claimants.ContainsKey(host);

    /// <summary>The label and the namespace that a host is made of.</summary>
    public static (string Name, string Namespace) Parts(string host)
    {
        var labels = host.Split('.');
        return (labels[0], labels[1]);
    }

    /// <summary>Takes in what an app lists, in place of what it listed before.</summary>
    public void Claim(PlacedResource app)
    {
        Withdraw(app.Key);
        var claims = ClaimsOf(app);
        if (claims.IsEmpty)
            return;
        _claims[app.Key] = claims;
        foreach (var (host, _) in claims)
        {
            if (!_claimants.TryGetValue(host, out var keys))
                _claimants.Add(host, keys = []);
            keys.Add(app.Key);
            _stale.Add(host);
        }
    }

    public void Withdraw(ObjectKey app)
    {
        if (!_claims.Remove(app, out var claims))
            return;
        foreach (var (host, _) in claims)
        {
            _stale.Add(host);
            if (_claimants.TryGetValue(host, out var keys) && keys.Remove(app) && keys.Count == 0)
                _claimants.Remove(host);
        }
    }

    /// <summary>The app whose own name a host may be has changed, or is gone.</summary>
    public void Touch(ObjectKey app)
    {
        if (_claims.Count > 0 && DnsNames.HostOf(app.Name, app.Namespace) is var own && IsClaimed(own))
            _stale.Add(own);
    }

    /// <summary>The hosts to look at again now that these apps have changed, and because of what apps list.</summary>
    public IReadOnlyList<string> TakeStale(IEnumerable<ObjectKey> changed)
    {
        if (_claims.Count > 0)
        {
            foreach (var app in changed)
            {
                if (_claims.TryGetValue(app, out var claims))
                    _stale.UnionWith(claims.Select(claim => claim.Host));
                Touch(app);
            }
        }

        IReadOnlyList<string> hosts = [.. _stale.Order(StringComparer.Ordinal)];
        _stale.Clear();
        return hosts;
    }

    /// <summary>Gives up the names of hosts that nobody lists any more, so that an app called like one can have them.</summary>
    public void RemoveUnclaimed(IEnumerable<string> hosts)
    {
        foreach (var host in hosts.Where(host => !IsClaimed(host)))
        {
            foreach (var name in _published.GetValueOrDefault(host, []))
                editor.Remove(name);
            _published.Remove(host);
        }
    }

    /// <summary>Makes the names of a host anew.</summary>
    /// <param name="host">Any; nothing happens when nobody lists it.</param>
    /// <param name="owner">The app that is called like it; null: none.</param>
    /// <param name="read">An app by its key; null: it has no names at present.</param>
    /// <param name="clusters">By name.</param>
    public void Publish(string host, PlacedResource? owner, Func<ObjectKey, PlacedResource?> read, IReadOnlyDictionary<string, Cluster> clusters)
    {
        if (!_claimants.TryGetValue(host, out var claimants))
            return;
        var others = claimants
            .Where(key => key != owner?.Key)
            .Select(read)
            .OfType<PlacedResource>()
            .OrderBy(app => app.Metadata.CreationTimestamp)
            .ThenBy(app => app.Metadata.Name, StringComparer.Ordinal);
        ImmutableArray<HostSharer> sharers = [.. (owner is null ? others : others.Prepend(owner)).Select(app => new HostSharer(app, WeightOf(app.Key, host)))];
        var nodes = sharers.IsEmpty ? [] : recordSets.Make(HostPlanner.Plan(host, sharers, clusters));
        foreach (var gone in _published.GetValueOrDefault(host, []).Where(name => !nodes.Any(node => node.Name.Equals(name))))
            editor.Remove(gone);
        foreach (var node in nodes)
            editor.Set(node);
        _published[host] = [.. nodes.Select(node => node.Name)];
    }

    private int WeightOf(ObjectKey app, string host)
    {
        foreach (var claim in _claims.GetValueOrDefault(app, []))
        {
            if (claim.Host == host)
                return claim.Weight;
        }

        return DnsHost.DefaultWeight;
    }

    private static ImmutableArray<(string Host, int Weight)> ClaimsOf(PlacedResource app)
    {
        var hosts = DnsNames.SpecOf(app).Hosts;
        if (hosts.Count == 0 || DnsNames.HostOf(app) is null)
            return [];
        return
        [
            .. hosts
                .Where(host => DnsLabel.IsValid(host.Name))
                .DistinctBy(host => host.Name, StringComparer.Ordinal)
                .Select(host => (DnsNames.HostOf(host.Name, app.Key.Namespace), host.Weight ?? DnsHost.DefaultWeight)),
        ];
    }
}
