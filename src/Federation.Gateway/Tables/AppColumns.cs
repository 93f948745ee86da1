using Federation.Api.Apps;

namespace Federation.Gateway.Tables;

internal sealed class AppColumns : ITableColumns
{
    public string Kind => App.KindName;

    public IReadOnlyList<TableColumn> Columns { get; } =
    [
        CommonColumns.Name,
        new("Ready", "Ready replicas of those that are wanted.", static (resource, _) => Ready((App)resource)),
        new("Placed", "Replicas that have a cluster.", static (resource, _) => ((App)resource).Status.Replicas) { Type = "integer" },
        new("Regions", "Where it runs.", static (resource, _) => PlacedColumns.Regions((App)resource)),
        CommonColumns.Age,
        new("Clusters", "Which clusters run how much.", static (resource, _) => PlacedColumns.Clusters((App)resource)) { IsWide = true },
        new("Images", "The containers' images.", static (resource, _) => PlacedColumns.Images((App)resource)) { IsWide = true },
        new("Unplaced", "Replicas that no cluster takes.", static (resource, _) => ((App)resource).Status.Placement?.Unplaced ?? 0) { Type = "integer", IsWide = true },
    ];

    /// <summary>Duplicated apps want their replicas in each cluster: what is placed and what is not add up to what is wanted.</summary>
    private static string Ready(App app)
    {
        var wanted = app.Status.Placement is { } decision ? app.Status.Replicas + decision.Unplaced : app.Spec.Replicas ?? 1;
        return $"{app.Status.ReadyReplicas}/{wanted}";
    }
}
