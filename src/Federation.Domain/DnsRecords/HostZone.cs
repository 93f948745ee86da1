using Federation.Api.Zones;
using Federation.Api.Zones.Files;

namespace Federation.Domain.DnsRecords;

/// <summary>What a Zone object has to say about whole names of apps (<c>dns.hosts</c>): which it lets which namespace have, and which are not its own.</summary>
public sealed class HostZone
{
    private readonly ZoneSpec _grants;
    private readonly Lazy<IReadOnlySet<string>> _cuts;

    /// <param name="object">The Zone object's name.</param>
    /// <param name="apex">The zone, in lower case, without a final dot.</param>
    /// <param name="created">When the object was created.</param>
    /// <param name="hosts">Of the object.</param>
    /// <param name="cuts">The names of child zones, written like <paramref name="apex"/>; asked for once, when it matters.</param>
    public HostZone(string @object, string apex, DateTimeOffset? created, IReadOnlyList<ZoneHost> hosts, Func<IEnumerable<string>> cuts)
    {
        (Object, Apex, Created, _grants) = (@object, apex, created, new ZoneSpec { Hosts = hosts });
        _cuts = new Lazy<IReadOnlySet<string>>(() => cuts().ToHashSet(StringComparer.Ordinal));
    }

    /// <summary>The Zone object's name.</summary>
    public string Object { get; }

    /// <summary>The zone, in lower case, without a final dot.</summary>
    public string Apex { get; }

    public DateTimeOffset? Created { get; }

    /// <summary>Null: the object is on its way out, and nobody has names of it.</summary>
    public static HostZone? Of(Zone zone)
    {
        ArgumentNullException.ThrowIfNull(zone);
        var apex = (zone.Spec.Zone ?? zone.Metadata.Name).TrimEnd('.').ToLowerInvariant();
        return zone.IsDeleting ? null : new HostZone(zone.Metadata.Name, apex, zone.Metadata.CreationTimestamp, zone.Spec.Hosts, () => CutsIn(zone.Spec.Records, apex));
    }

    /// <summary>Whether both let the same namespaces have the same names.</summary>
    public static bool AreSame(HostZone? left, HostZone? right) =>
        left is null || right is null
            ? left is null && right is null
            : (left.Object, left.Apex, left.Created) == (right.Object, right.Apex, right.Created) && left._grants.Hosts.SequenceEqual(right._grants.Hosts) && left._cuts.Value.SetEquals(right._cuts.Value);

    /// <summary>The namespace whose apps may have a name of the zone; null: nobody's.</summary>
    /// <param name="relative">Below the zone, without its name; <c>@</c> for the zone's own.</param>
    internal string? NamespaceFor(string relative) => _grants.NamespaceFor(relative);

    /// <summary>The child zone that a name lies in; null: it is this zone's. The name of the child zone itself makes way for an app.</summary>
    internal string? CutAbove(string host)
    {
        for (var above = HostGrants.ParentOf(host); above.Length > Apex.Length; above = HostGrants.ParentOf(above))
        {
            if (_cuts.Value.Contains(above))
                return above;
        }

        return null;
    }

    private static IEnumerable<string> CutsIn(string records, string apex) => ZoneFile.Read(records, apex + ".", 0).Records
        .Where(record => record.Type == "NS").Select(record => record.Owner.TrimEnd('.')).Where(owner => owner != apex);
}
