using Federation.Api.Apps;
using Federation.Api.Meta;

namespace Federation.Domain.DnsRecords;

/// <summary>Says in an app's status whether it gets the whole names that it lists (<c>dns.hosts</c>).</summary>
/// <remarks>Pure. The Zone objects decide, so nothing is asked of the name servers, and the app's own controller stays the only writer of its status.</remarks>
public static class HostConditions
{
    private const int MostNames = 5;

    /// <summary>The whole names that an app lists.</summary>
    public static IEnumerable<string> WholeNamesOf(PlacedResource app)
    {
        ArgumentNullException.ThrowIfNull(app);
        return app.Exposed.Count == 0 ? [] : DnsNames.SpecOf(app).Hosts.Where(host => host.IsAbsolute).Select(host => host.Name);
    }

    /// <summary>The app with the condition in its status as it is to be now; the same instance when it is so already.</summary>
    /// <param name="app">As stored.</param>
    /// <param name="grants">Who may have which name.</param>
    /// <param name="now">The time of the plan.</param>
    public static PlacedResource Fold(PlacedResource app, HostGrants grants, DateTimeOffset now)
    {
        var next = Of(app, grants) is { } condition
            ? app.Conditions.With(condition with { ObservedGeneration = app.Metadata.Generation }, now)
            : app.Conditions.Without(AppConditions.HostsGranted);
        return next.SequenceEqual(app.Conditions) ? app : app.WithConditions(next);
    }

    /// <summary>Whether the status says what it is to say; the generation aside.</summary>
    public static bool IsTrueTo(PlacedResource app, HostGrants grants)
    {
        ArgumentNullException.ThrowIfNull(app);
        var (said, now) = (app.Conditions.Find(AppConditions.HostsGranted), Of(app, grants));
        return (said?.Status, said?.Reason, said?.Message) == (now?.Status, now?.Reason, now?.Message);
    }

    /// <summary>The app lists this name and does not get it.</summary>
    /// <returns>Null: it gets it.</returns>
    public static HostVerdict? WhyNot(PlacedResource app, string host, HostGrants grants)
    {
        ArgumentNullException.ThrowIfNull(app);
        ArgumentNullException.ThrowIfNull(grants);
        if (DnsNames.HostOf(app) is null)
            return new HostVerdict(null, null, HostReasons.NoName, $"{app.Metadata.Name} is no DNS label");
        var verdict = grants.Find(host);
        return verdict.Namespace == app.Metadata.Namespace ? null
            : verdict.Namespace is null ? verdict
            : verdict with { Reason = HostReasons.OtherNamespace };
    }

    /// <summary>Null: the app lists no whole name.</summary>
    private static Condition? Of(PlacedResource app, HostGrants grants)
    {
        var hosts = WholeNamesOf(app).ToList();
        if (hosts.Count == 0)
            return null;
        var refused = hosts.Select(host => (Host: host, Verdict: WhyNot(app, host, grants))).Where(host => host.Verdict is not null).ToList();
        if (refused.Count == 0)
            return new Condition { Type = AppConditions.HostsGranted, Status = ConditionStatus.True, Reason = HostReasons.Granted, Message = $"Zones let namespace {app.Metadata.Namespace} have {Names(hosts)}" };
        var sentences = refused.Take(MostNames).Select(host => $"{host.Host} is not answered for this app: {host.Verdict!.Why}");
        var more = refused.Count > MostNames ? $"; and {refused.Count - MostNames} more" : "";
        return new Condition { Type = AppConditions.HostsGranted, Status = ConditionStatus.False, Reason = refused[0].Verdict!.Reason, Message = string.Join("; ", sentences) + more };
    }

    private static string Names(List<string> names) =>
        names.Count > MostNames ? $"{string.Join(", ", names.Take(MostNames))} and {names.Count - MostNames} more" : string.Join(", ", names);
}
