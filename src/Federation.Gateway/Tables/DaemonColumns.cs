using Federation.Api.Daemons;

namespace Federation.Gateway.Tables;

internal sealed class DaemonColumns : ITableColumns
{
    public string Kind => Daemon.KindName;

    public IReadOnlyList<TableColumn> Columns { get; } =
    [
        CommonColumns.Name,
        new("Desired", "Machines that should run a pod.", static (resource, _) => ((Daemon)resource).Status.Desired) { Type = "integer" },
        new("Running", "Pods that run.", static (resource, _) => ((Daemon)resource).Status.Running) { Type = "integer" },
        new("Ready", "Pods that are ready.", static (resource, _) => ((Daemon)resource).Status.Ready) { Type = "integer" },
        new("Updated", "Running pods of the current template.", static (resource, _) => ((Daemon)resource).Status.Updated) { Type = "integer" },
        new("Regions", "Where it runs.", static (resource, _) => PlacedColumns.Regions((Daemon)resource)),
        CommonColumns.Age,
        new("Clusters", "Which clusters run how much.", static (resource, _) => PlacedColumns.Clusters((Daemon)resource)) { IsWide = true },
        new("Images", "The containers' images.", static (resource, _) => PlacedColumns.Images((Daemon)resource)) { IsWide = true },
    ];
}
