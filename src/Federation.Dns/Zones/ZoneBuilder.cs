using System.Collections.Immutable;
using Federation.Api;
using Federation.Api.Apps;
using Federation.Api.Clusters;
using Federation.Api.Daemons;
using Federation.Api.Meta;
using Federation.Api.Pets;
using Federation.Api.Regions;
using Federation.Dns.Hosting.Status;
using Federation.Dns.Places;
using Federation.Dns.Wire;
using Federation.Dns.Zones.Static;
using Federation.Domain.DnsRecords;

namespace Federation.Dns.Zones;

/// <summary>Turns changes of apps and clusters into zone versions. The cost of a change is that of the apps it concerns.</summary>
/// <remarks>Not safe for concurrent use: one follower owns it.</remarks>
public sealed class ZoneBuilder
{
    /// <summary>Changes of one batch whose room is kept for the next ones; that of a listing's is not.</summary>
    private const int KeptRoom = 10_000;

    /// <summary>Of objects of one name, the first kind has the names.</summary>
    private static readonly string[] Ranking = [App.KindName, Daemon.KindName, PetSet.KindName];

    private readonly ZoneApex _apex;
    private readonly ZoneEditor _editor;
    private readonly StaticZones _static;
    private readonly AppRecordSets _recordSets;
    private readonly SharedHosts _hosts;
    private readonly AppFacts _facts = new();
    private readonly Dictionary<ObjectKey, PublishedApp> _apps = [];
    private readonly Dictionary<string, Cluster> _clusters = new(StringComparer.Ordinal);
    private readonly Dictionary<string, HashSet<PublishedApp>> _appsOfCluster = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _clustersOfRegion = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Region> _regions = new(StringComparer.Ordinal);
    private readonly PlaceState _places;
    private readonly HashSet<ObjectKey> _stale = [];
    private bool _isGeographyStale;
    private bool _areDistancesStale;

    /// <param name="options">Of the zone.</param>
    /// <param name="places">Hears of the regions; null: nobody asks where clients are.</param>
    public ZoneBuilder(ZoneOptions options, PlaceState? places = null)
        : this(options, places, null)
    {
    }

    /// <inheritdoc cref="ZoneBuilder(ZoneOptions, PlaceState?)"/>
    /// <param name="status">What <c>_status</c> below the federation's zone answers; null: nothing.</param>
    internal ZoneBuilder(ZoneOptions options, PlaceState? places, ILiveAnswer? status)
    {
        ArgumentNullException.ThrowIfNull(options);
        _apex = new ZoneApex(options);
        _places = places ?? new PlaceState();
        _editor = new ZoneEditor(_apex, _places.Numbers);
        _editor.Reserve(DnsName.Parse("svc").Under(_apex.Name));
        if (status is not null)
            _editor.Set(StatusAnswer.NameIn(_apex.Name), status);
        _static = new StaticZones(options, _apex.Name, _editor, _places.Numbers);
        _recordSets = new AppRecordSets(_apex.Name, options.MaxAddresses);
        _hosts = new SharedHosts(_editor, _static, _recordSets);
    }

    /// <summary>Applies a batch and returns the versions that show all of it.</summary>
    public ServedZones Apply(ZoneBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        foreach (var change in batch.Changes)
            Apply(change);
        if (_isGeographyStale || _areDistancesStale)
            Chart();
        if (_static.Prepare())
            _hosts.TouchWholeNames();

        // What gives its names up does so before another takes them.
        var hosts = _hosts.TakeStale(_stale);
        _stale.UnionWith(hosts.SelectMany(OwnersByName));
        _hosts.RemoveUnclaimed(hosts);
        foreach (var app in _stale.OrderByDescending(key => RankOf(key.Kind)))
            Publish(app);
        foreach (var host in hosts)
            _hosts.Publish(host, OwnersByName(host).Select(key => _apps[key].App).FirstOrDefault(), key => IsShadowed(key) ? null : _apps[key].App, _clusters);
        _stale.Clear();
        _stale.TrimExcess(Math.Min(_stale.Capacity, KeptRoom));
        return _static.Commit(batch.Revision).Refusing(_hosts.Refused);
    }

    private void Apply(ZoneChange change)
    {
        switch (change)
        {
            case ZoneChange.Listed listed:
                Replace(listed);
                break;
            case ZoneChange.AppChanged { App: var app }:
                Put(app);
                break;
            case ZoneChange.AppRemoved { App: var key }:
                Withdraw(key);
                break;
            case ZoneChange.ClusterChanged { Cluster: var cluster }:
                Put(cluster.Metadata.Name, cluster);
                break;
            case ZoneChange.ClusterRemoved { Cluster: var name }:
                Put(name, null);
                break;
            case ZoneChange.RegionChanged { Region: var region }:
                _regions[region.Metadata.Name] = region;
                _isGeographyStale = true;
                break;
            case ZoneChange.RegionRemoved { Region: var name }:
                _isGeographyStale |= _regions.Remove(name);
                break;
            case ZoneChange.ZoneChanged { Zone: var zone }:
                _static.Put(zone);
                break;
            case ZoneChange.ZoneRemoved { Zone: var name }:
                _static.Remove(name);
                break;
        }
    }

    /// <summary>Where regions are, how far from each other, and whose clients they have is one piece: there are few of them, and they seldom change.</summary>
    private void Chart()
    {
        var (geography, latencies) = (new Geography(_regions.Values), new RegionLatencies(_clusters.Values));
        string[] regions = [.. _regions.Keys, .. _clustersOfRegion.Keys];
        _static.SetOrders(
            RegionOrders.Of(_regions.Keys, geography.Order, _places.Numbers),
            RegionOrders.Of(regions, region => latencies.Order(region, geography), _places.Numbers));
        _places.Latencies = latencies;
        if (_isGeographyStale)
            _places.Follow(geography);
        (_isGeographyStale, _areDistancesStale) = (false, false);
    }

    private void Replace(ZoneChange.Listed listed)
    {
        var listedClusters = listed.Clusters.Select(cluster => cluster.Metadata.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var gone in _clusters.Keys.Where(name => !listedClusters.Contains(name)).ToArray())
            Put(gone, null);
        foreach (var cluster in listed.Clusters)
            Put(cluster.Metadata.Name, cluster);
        var others = _apps.Keys.ToHashSet();
        foreach (var app in listed.Apps)
        {
            others.Remove(app.Key);
            Put(app);
        }

        foreach (var gone in others)
            Withdraw(gone);
        _static.Replace(listed.Zones);
        _regions.Clear();
        foreach (var region in listed.Regions)
            _regions[region.Metadata.Name] = region;
        _isGeographyStale = true;
    }

    private void Put(PlacedResource app)
    {
        // Most changes of an app are none of a name; nor is most of what is listed anew after the feed was cut off.
        var facts = _facts.Of(app);
        if (!_apps.TryGetValue(app.Key, out var published))
        {
            _apps.Add(app.Key, published = new PublishedApp { App = facts });
            Link(published);
        }
        else if (AppFacts.AreSame(published.App, facts))
        {
            return;
        }
        else if (IsPlacedLike(published.App, facts))
        {
            published.App = facts;
        }
        else
        {
            Unlink(published);
            published.App = facts;
            Link(published);
        }

        _hosts.Claim(app);
        _stale.Add(app.Key);
        MarkShadow(app.Key);
    }

    private void Put(string name, Cluster? cluster)
    {
        var before = _clusters.GetValueOrDefault(name);
        var hasMoved = !(before?.Status.Latencies ?? []).SequenceEqual(cluster?.Status.Latencies ?? []);
        _areDistancesStale |= hasMoved;
        if (before is not null && cluster is not null && SaysTheSame(before, cluster))
        {
            // The earlier object stays: the sources of names hold on to it.
            if (hasMoved)
                _clusters[name] = before with { Status = before.Status with { Latencies = cluster.Status.Latencies } };
            return;
        }

        if (cluster is null)
            _clusters.Remove(name);
        else
            _clusters[name] = cluster;
        _areDistancesStale |= before?.Spec.Region != cluster?.Spec.Region;

        // The new region first: one that only changes hands never goes away in between.
        CountRegion(cluster?.Spec.Region, +1);
        CountRegion(before?.Spec.Region, -1);
        if (_appsOfCluster.TryGetValue(name, out var apps))
            _stale.UnionWith(apps.Select(app => app.App.Key));
    }

    private void Publish(ObjectKey key)
    {
        if (!_apps.TryGetValue(key, out var published))
            return;
        var known = published.App.Shares.Select(share => share.Cluster).Distinct().Select(_clusters.GetValueOrDefault).OfType<Cluster>();
        var source = new AppSource(_recordSets, published.App, [.. known], withHost: !_hosts.IsClaimed(DnsNames.HostOf(published.App)));
        var next = IsShadowed(key) ? [] : source.Plan();
        foreach (var name in published.Names)
        {
            if (!next.Any(entry => entry.Name.Equals(name)))
                _editor.Remove(name);
        }

        foreach (var node in next)
            _editor.Set(node with { Source = source });
        published.Names = [.. next.Select(entry => entry.Name)];
    }

    private void Withdraw(ObjectKey key)
    {
        _stale.Remove(key);
        if (!_apps.Remove(key, out var published))
            return;
        Unlink(published);
        foreach (var name in published.Names)
            _editor.Remove(name);
        _hosts.Withdraw(key);
        _hosts.Touch(key);
        MarkShadow(key);
    }

    private void Link(PublishedApp app)
    {
        foreach (var share in app.App.Shares)
        {
            if (!_appsOfCluster.TryGetValue(share.Cluster, out var apps))
                _appsOfCluster.Add(share.Cluster, apps = []);
            apps.Add(app);
        }
    }

    private void Unlink(PublishedApp app)
    {
        foreach (var share in app.App.Shares)
        {
            if (_appsOfCluster.TryGetValue(share.Cluster, out var apps) && apps.Remove(app) && apps.Count == 0)
                _appsOfCluster.Remove(share.Cluster);
        }
    }

    private static bool IsPlacedLike(PlacedResource before, PlacedResource after) =>
        before.Shares.Select(share => share.Cluster).SequenceEqual(after.Shares.Select(share => share.Cluster), StringComparer.Ordinal);

    private void CountRegion(string? region, int change)
    {
        if (!DnsLabel.IsValid(region))
            return;
        var name = DnsName.Parse(region).Under(_apex.Name);
        var count = _clustersOfRegion.GetValueOrDefault(region) + change;
        if (count == 0)
        {
            _clustersOfRegion.Remove(region);
            _editor.RemoveRegion(name);
        }
        else
        {
            _clustersOfRegion[region] = count;
            _editor.AddRegion(name, region);
        }
    }

    /// <summary>A cluster's object changes with its capacity and its heartbeats; only these facts decide about names.</summary>
    private static bool SaysTheSame(Cluster before, Cluster after) =>
        before.Spec.Region == after.Spec.Region
        && before.IsDeleting == after.IsDeleting
        && before.Status.Conditions.IsTrue(ClusterConditions.Ready) == after.Status.Conditions.IsTrue(ClusterConditions.Ready)
        && before.EffectiveAddresses().SequenceEqual(after.EffectiveAddresses(), StringComparer.Ordinal);

    /// <summary>A daemon has no names while an app of the same name and namespace has them, and a pet set none while either has.</summary>
    private bool IsShadowed(ObjectKey key) =>
        Ranking.Take(RankOf(key.Kind)).Any(kind => _apps.TryGetValue(key with { Kind = kind }, out var other) && other.App.Exposed.Count > 0);

    /// <summary>Whose names may be others now that this one has changed or is gone.</summary>
    private void MarkShadow(ObjectKey key)
    {
        foreach (var kind in Ranking.Skip(RankOf(key.Kind) + 1))
        {
            if (_apps.ContainsKey(key with { Kind = kind }))
                _stale.Add(key with { Kind = kind });
        }
    }

    /// <summary>The app that a host is the own name of, if there is one and it has names.</summary>
    private IEnumerable<ObjectKey> OwnersByName(string host)
    {
        if (SharedHosts.Parts(host) is not var (name, @namespace))
            return [];
        return Ranking.Select(kind => new ObjectKey(kind, @namespace, name)).Where(key => _apps.TryGetValue(key, out var app) && app.App.Exposed.Count > 0).Take(1);
    }

    private static int RankOf(string kind) => Array.IndexOf(Ranking, kind);

    /// <summary>An app and the names that it has.</summary>
    /// <remarks>
    /// Changes in its place, so that a change writes to none of the tables as large as the zone: of a written array of structs the collector reads, while
    /// everybody waits, all that lies between the first place written and the last one.
    /// </remarks>
    private sealed class PublishedApp
    {
        public required PlacedResource App { get; set; }

        public DnsName[] Names { get; set; } = [];
    }
}
