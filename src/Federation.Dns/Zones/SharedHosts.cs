using System.Collections.Immutable;
using Federation.Api;
using Federation.Api.Apps;
using Federation.Api.Clusters;
using Federation.Dns.Wire;
using Federation.Dns.Zones.Static;
using Federation.Domain.DnsRecords;

namespace Federation.Dns.Zones;

/// <summary>The hosts that apps list (<c>dns.hosts</c>): who claims which, and their names in the zone.</summary>
/// <remarks>
/// A host is below its namespace, or a Zone object says whose it is: so only apps of one namespace can share one. Hosts are relative to the federation's zone, <c>www.shop.svc</c>,
/// or whole names with a final dot, <c>www.example.com.</c> Not safe for concurrent use.
/// </remarks>
internal sealed class SharedHosts(ZoneEditor main, StaticZones zones, AppRecordSets recordSets)
{
    private readonly Dictionary<ObjectKey, ImmutableArray<(string Host, int Weight)>> _claims = [];
    private readonly Dictionary<string, HashSet<ObjectKey>> _claimants = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (ZoneEditor Editor, ImmutableArray<DnsName> Names)> _published = new(StringComparer.Ordinal);
    private readonly HashSet<string> _stale = new(StringComparer.Ordinal);
    private ImmutableDictionary<DnsName, string> _refused = ImmutableDictionary<DnsName, string>.Empty;

    /// <summary>Hosts that apps list and do not get, each with a sentence about why.</summary>
    public IReadOnlyDictionary<DnsName, string> Refused => _refused;

    /// <summary>Apps list it, so its names are not those of one app alone.</summary>
    public bool IsClaimed(string? host) => host is not null && _claimants.ContainsKey(host);

    /// <summary>The label and the namespace that a host is made of; null: it is a whole name.</summary>
    public static (string Name, string Namespace)? Parts(string host)
    {
        if (DnsNames.IsAbsolute(host))
            return null;
        var labels = host.Split('.');
        return (labels[0], labels[1]);
    }

    /// <summary>Takes in what an app lists, in place of what it listed before.</summary>
    public void Claim(PlacedResource app)
    {
        // Of an app that lists what it did, the hosts are looked at again because it has changed.
        var claims = ClaimsOf(app);
        if (_claims.GetValueOrDefault(app.Key, []).SequenceEqual(claims))
            return;
        Withdraw(app.Key);
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

    /// <summary>Zones have changed, and with them who may have which whole name.</summary>
    public void TouchWholeNames() => _stale.UnionWith(_claimants.Keys.Where(DnsNames.IsAbsolute));

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
            Replace(host, main, []);
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
        var place = DnsNames.IsAbsolute(host) ? zones.PlaceOf(host) : null;
        var others = claimants
            .Where(key => key != owner?.Key && (place is null || key.Namespace == place.Namespace))
            .Select(read)
            .OfType<PlacedResource>()
            .OrderBy(app => app.Metadata.CreationTimestamp)
            .ThenBy(app => app.Metadata.Name, StringComparer.Ordinal);
        ImmutableArray<HostSharer> sharers = [.. (owner is null ? others : others.Prepend(owner)).Select(app => new HostSharer(app, WeightOf(app.Key, host)))];
        if (place?.Editor is { } editor)
            zones.Use(editor);
        Replace(host, place is null ? main : place.Editor, sharers.IsEmpty ? [] : recordSets.Make(HostPlanner.Plan(host, sharers, clusters)));
        if (place is not null)
            Refuse(host, claimants.Where(key => key.Namespace != place.Namespace), place.Why);
    }

    /// <summary>Puts the names of a host in the place of those that it had.</summary>
    /// <param name="host">Whose they are.</param>
    /// <param name="editor">Of its zone; null: it has none.</param>
    /// <param name="nodes">What they say.</param>
    private void Replace(string host, ZoneEditor? editor, IReadOnlyList<NodePlan> nodes)
    {
        if (_published.Remove(host, out var before))
        {
            foreach (var gone in before.Names.Where(name => !ReferenceEquals(editor, before.Editor) || !nodes.Any(node => node.Name.Equals(name))))
                before.Editor.Remove(gone);
        }

        if (DnsNames.IsAbsolute(host) && nodes.Count == 0)
            _refused = _refused.Remove(DnsName.Parse(host));
        if (editor is null)
            return;
        foreach (var node in nodes)
            editor.Set(node);
        if (nodes.Count > 0)
            _published[host] = (editor, [.. nodes.Select(node => node.Name)]);
    }

    private void Refuse(string host, IEnumerable<ObjectKey> apps, string why)
    {
        var name = DnsName.Parse(host);
        var listed = string.Join(", ", apps.Select(key => $"{key.Kind} {key.Namespace}/{key.Name}").Order(StringComparer.Ordinal));
        _refused = listed.Length == 0 ? _refused.Remove(name) : _refused.SetItem(name, $"{listed} lists it and does not get it, because {why}.");
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
                .Where(host => host.IsAbsolute ? DnsName.TryParse(host.Name, out _) : DnsLabel.IsValid(host.Name))
                .DistinctBy(host => host.Name, StringComparer.Ordinal)
                .Select(host => (host.IsAbsolute ? host.Name + "." : DnsNames.HostOf(host.Name, app.Key.Namespace), host.Weight ?? DnsHost.DefaultWeight)),
        ];
    }
}
