namespace Federation.Domain.DnsRecords;

/// <summary>Whose a whole name is.</summary>
/// <param name="Zone">The zone that it is in, in lower case, without a final dot; null: in none.</param>
/// <param name="Namespace">Whose apps may have it; null: nobody's.</param>
/// <param name="Reason">One of <see cref="HostReasons"/>, should it be nobody's.</param>
/// <param name="Why">A sentence, to follow "because".</param>
public sealed record HostVerdict(string? Zone, string? Namespace, string Reason, string Why);

/// <summary>Why an app does not get a whole name. For programs.</summary>
public static class HostReasons
{
    /// <summary>It does get it.</summary>
    public const string Granted = "Granted";

    /// <summary>No Zone object has the name.</summary>
    public const string NoZone = "NoZone";

    /// <summary>The federation has names of its own there.</summary>
    public const string Reserved = "Reserved";

    /// <summary>It lies in a zone that the Zone object delegates.</summary>
    public const string Delegated = "Delegated";

    /// <summary>The Zone object lets no namespace have it.</summary>
    public const string NotGranted = "NotGranted";

    /// <summary>The Zone object lets another namespace have it.</summary>
    public const string OtherNamespace = "OtherNamespace";

    /// <summary>The app itself is called what is no DNS label, so it has no names at all.</summary>
    public const string NoName = "NoName";
}

/// <summary>Says which namespace's apps may have which whole name. The name servers go by it, and so do the warning at a write and the app's condition.</summary>
/// <remarks>
/// The deepest zone that has the name decides, and of several Zone objects with one zone the oldest. Pure: the first of these that holds is the verdict,
/// <code>
///   no Zone object has the name                                          NoZone
///   in the federation's zone it is `ns`, or has a label `svc`            Reserved
///   a child zone has it                                                  Delegated
///   no entry of the zone's hosts fits it                                 NotGranted
///   the first entry that does names the namespace                        Granted
/// </code>
/// </remarks>
/// <param name="find">The Zone object that is served as a zone (in lower case, without a final dot); null: none.</param>
/// <param name="main">The federation's zone, written likewise, which is served without an object, too; null: not known.</param>
public sealed class HostGrants(Func<string, HostZone?> find, string? main)
{
    /// <summary>Nobody has anything.</summary>
    public static HostGrants None { get; } = new(_ => null, null);

    /// <param name="zones">All Zone objects that are to stay.</param>
    /// <param name="main">See <see cref="HostGrants"/>.</param>
    public static HostGrants Of(IEnumerable<HostZone> zones, string? main)
    {
        var served = zones
            .GroupBy(zone => zone.Apex, StringComparer.Ordinal)
            .ToDictionary(same => same.Key, same => same.OrderBy(zone => zone.Created).ThenBy(zone => zone.Object, StringComparer.Ordinal).First(), StringComparer.Ordinal);
        return new HostGrants(served.GetValueOrDefault, main);
    }

    /// <param name="host">A whole name, in lower case, without a final dot.</param>
    public HostVerdict Find(string host)
    {
        ArgumentNullException.ThrowIfNull(host);
        for (var apex = host; apex.Length > 0; apex = ParentOf(apex))
        {
            var zone = find(apex);
            if (zone is not null || apex == main)
                return FindIn(zone, apex, host);
        }

        return new HostVerdict(null, null, HostReasons.NoZone, "no Zone object has it");
    }

    /// <summary>Whether a name lies in a zone; both in lower case, without a final dot.</summary>
    public static bool IsIn(string host, string zone) => host == zone || (host.EndsWith(zone, StringComparison.Ordinal) && host.Length > zone.Length && host[^(zone.Length + 1)] == '.');

    internal static string ParentOf(string name) => name.IndexOf('.', StringComparison.Ordinal) is >= 0 and var dot ? name[(dot + 1)..] : "";

    private HostVerdict FindIn(HostZone? zone, string apex, string host)
    {
        HostVerdict Nobody(string reason, string why) => new(apex, null, reason, why);
        var isTop = host == apex;
        var relative = isTop ? "@" : host[..^(apex.Length + 1)];
        if (apex == main && (relative == "ns" || relative.Split('.').Contains("svc")))
            return Nobody(HostReasons.Reserved, "the federation has names of its own there");
        if (zone is null)
            return Nobody(HostReasons.NoZone, $"no Zone object lets a namespace have names of {apex}");
        if (zone.CutAbove(host) is { } cut)
            return Nobody(HostReasons.Delegated, $"Zone {zone.Object} delegates {cut}");
        return zone.NamespaceFor(relative) is { } owner
            ? new HostVerdict(apex, owner, HostReasons.Granted, $"Zone {zone.Object} has it for namespace {owner}")
            : Nobody(HostReasons.NotGranted, $"Zone {zone.Object} has it for no namespace (spec.hosts{(isTop ? ": \"@\" is the zone's own name" : "")})");
    }
}
