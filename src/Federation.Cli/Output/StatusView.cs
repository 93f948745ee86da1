using Federation.Api.Apps;
using Federation.Api.Clusters;
using Federation.Api.Daemons;
using Federation.Api.Jobs;
using Federation.Api.Pets;
using Federation.Api.Meta;
using Federation.Api.Quantities;
using Spectre.Console;

namespace Federation.Cli.Output;

/// <summary>The federation on one screen: regions, apps, and how many pods of each run where.</summary>
internal static class StatusView
{
    public static Table Clusters(IReadOnlyList<Cluster> clusters, DateTimeOffset now)
    {
        var table = NewTable("REGION", "CLUSTER", "READY", "SINCE", "ADDRESSES", "CPU", "MEMORY", "PODS", "NOTE");
        foreach (var cluster in clusters.OrderBy(cluster => cluster.Spec.Region).ThenBy(cluster => cluster.Metadata.Name))
        {
            var ready = cluster.Status.Conditions.Find(ClusterConditions.Ready);
            table.AddRow(
                Text(cluster.Spec.Region),
                Text(cluster.Metadata.Name),
                Coloured(ready?.Status.ToString() ?? "Unknown", ready?.Status == ConditionStatus.True),
                Text(Durations.Age(ready?.LastTransitionTime, now)),
                Text(string.Join(", ", cluster.EffectiveAddresses())),
                Text(Used(cluster.Status, "cpu")),
                Text(Used(cluster.Status, "memory")),
                Text(Used(cluster.Status, "pods")),
                Text(Note(cluster)));
        }

        return table;
    }

    /// <summary>A column per region: ready of desired, and the phase where it is not running its share.</summary>
    public static Table Apps(IReadOnlyList<PlacedResource> apps, IReadOnlyList<Cluster> clusters)
    {
        var names = clusters.OrderBy(cluster => cluster.Spec.Region).ThenBy(cluster => cluster.Metadata.Name).Select(cluster => cluster.Metadata.Name).ToList();
        var table = NewTable(["NAMESPACE", "APP", "READY", .. names.Select(name => name.ToUpperInvariant()), "DNS", "NOTE"]);
        foreach (var app in apps.OrderBy(app => app.Metadata.Namespace).ThenBy(app => app.Kind).ThenBy(app => app.Metadata.Name))
        {
            List<Text> cells =
            [
                Text(app.Metadata.Namespace ?? ""),
                Text(NameOf(app)),
                ReadyOf(app),
                .. names.Select(name => Share(app.Shares.FirstOrDefault(share => share.Cluster == name))),
                Text(app.Exposed.Any(expose => expose.Dns is not null) ? $"{app.Metadata.Name}.{app.Metadata.Namespace}.svc" : ""),
                Text(Note(app)),
            ];
            table.AddRow(cells);
        }

        return table;
    }

    internal static Table NewTable(params string[] columns)
    {
        var table = new Table().Border(TableBorder.None);
        foreach (var column in columns)
            table.AddColumn(new TableColumn(new Text(column)).NoWrap().PadRight(2).PadLeft(0));
        return table;
    }

    private static Text Share(ClusterShare? share) => share switch
    {
        null => Text("-"),
        { Phase: SharePhase.Active } => Coloured($"{share.Ready}/{share.Replicas}", share.Ready >= share.Replicas),
        _ => Coloured(share.Phase.ToString().ToLowerInvariant(), false),
    };

    /// <summary>Apps are most of what there is; other kinds say what they are.</summary>
    private static string NameOf(PlacedResource placed) => placed is App ? placed.Metadata.Name : $"{placed.Kind.ToLowerInvariant()}/{placed.Metadata.Name}";

    private static Text ReadyOf(PlacedResource placed) => placed switch
    {
        App app => Coloured($"{app.Status.ReadyReplicas}/{app.Status.Replicas}", app.Conditions.IsTrue(AppConditions.Available)),
        Daemon daemon => Coloured($"{daemon.Status.Ready}/{daemon.Status.Desired}", daemon.Conditions.IsTrue(AppConditions.Available)),
        Job { IsScheduled: true } job => Text(job.Spec.Schedule!),
        Job job => Coloured($"{job.Status.Succeeded}/{job.Spec.Completions}", job.Conditions.IsTrue(JobConditions.Complete)),
        PetSet set => Coloured($"{set.Status.ReadyReplicas}/{set.Spec.Replicas}", set.Conditions.IsTrue(PetSetConditions.Available)),
        _ => Text(""),
    };

    private static string Note(PlacedResource app)
    {
        if (app.IsDeleting)
            return "deleting";
        if (app is Job && app.Conditions.Find(JobConditions.Failed) is { Status: ConditionStatus.True } failed)
            return $"{failed.Reason}: {failed.Message}";
        var troubled = app.Shares.FirstOrDefault(share => share.Reason is not null);
        if (troubled is not null)
            return $"{troubled.Cluster}: {troubled.Reason}";
        return app.Conditions.Find(AppConditions.Placed) is { Status: not ConditionStatus.True } placed ? placed.Message : "";
    }

    private static string Note(Cluster cluster)
    {
        if (cluster.Status.Conditions.Find(ClusterConditions.EngineFailing) is { Status: ConditionStatus.True } failing)
            return $"{failing.Reason}: {failing.Message}";
        if (cluster.Status.Conditions.Find(ClusterConditions.Ready) is { Status: not ConditionStatus.True } ready)
            return ready.Reason;
        return cluster.Spec.Unschedulable ? "unschedulable" : cluster.Status.Orphans.Count > 0 ? $"{cluster.Status.Orphans.Count} orphan(s)" : "";
    }

    private static string Used(ClusterStatus status, string resource) =>
        status.Capacity.TryGetValue(resource, out var capacity)
            ? $"{Amount(status.Allocated.GetValueOrDefault(resource), resource)}/{Amount(capacity, resource)}"
            : "-";

    private static string Amount(Quantity quantity, string resource) =>
        resource == "memory" ? $"{quantity.Value / 1073741824.0:0.#}Gi" : $"{quantity.Milli / 1000.0:0.##}";

    private static Text Text(string text) => new(text);

    private static Text Coloured(string text, bool isGood) => new(text, new Style(isGood ? Color.Green : Color.Yellow));
}
