using Federation.Api;
using Federation.Api.Apps;
using Federation.Api.Clusters;
using Federation.Api.Regions;
using Federation.Api.Zones;

namespace Federation.Dns.Zones;

/// <summary>Where a name server learns of apps and clusters: the gateway's list and watch, or the silo's cache in the same process.</summary>
public interface IZoneSource
{
    /// <summary>Streams everything that exists, then every change as it happens, without delay and without gap.</summary>
    /// <remarks>
    /// The first batch carries a <see cref="ZoneChange.Listed"/>, and so does any later one after which the changes in between are not known.
    /// The stream ends or throws when the source is cut off (a silent connection included); the follower then calls again, and the zone keeps answering.
    /// </remarks>
    IAsyncEnumerable<ZoneBatch> ReadAsync(CancellationToken cancellationToken);
}

/// <summary>Changes that become visible together.</summary>
/// <param name="Changes">In order; may be empty (a bookmark).</param>
/// <param name="Revision">The store revision that the zone has reached with them.</param>
public sealed record ZoneBatch(IReadOnlyList<ZoneChange> Changes, long Revision);

/// <summary>One change of what the zone is made of.</summary>
public abstract record ZoneChange
{
    private ZoneChange()
    {
    }

    /// <summary>All there is: what is not in it is gone. Daemons count as apps: they expose ports and have names like them.</summary>
    /// <param name="Apps">Read once, and each let go of before the next: they may be made as they are read, so that those of a large federation are never in memory together.</param>
    public sealed record Listed(IEnumerable<PlacedResource> Apps, IReadOnlyList<Cluster> Clusters, IReadOnlyList<Zone> Zones) : ZoneChange
    {
        /// <summary>Without any Zone object.</summary>
        public Listed(IEnumerable<PlacedResource> apps, IReadOnlyList<Cluster> clusters)
            : this(apps, clusters, [])
        {
        }

        public IReadOnlyList<Region> Regions { get; init; } = [];
    }

    public sealed record AppChanged(PlacedResource App) : ZoneChange;

    public sealed record AppRemoved(ObjectKey App) : ZoneChange;

    public sealed record ClusterChanged(Cluster Cluster) : ZoneChange;

    public sealed record ClusterRemoved(string Cluster) : ZoneChange;

    public sealed record RegionChanged(Region Region) : ZoneChange;

    public sealed record RegionRemoved(string Region) : ZoneChange;

    public sealed record ZoneChanged(Zone Zone) : ZoneChange;

    /// <param name="Zone">The object's name.</param>
    public sealed record ZoneRemoved(string Zone) : ZoneChange;
}
