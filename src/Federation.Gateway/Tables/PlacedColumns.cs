using Federation.Api.Apps;

namespace Federation.Gateway.Tables;

/// <summary>Cells that all placed kinds share.</summary>
internal static class PlacedColumns
{
    public static string Regions(PlacedResource placed) => CommonColumns.Join(Active(placed).Select(share => share.Region).Distinct().Order(StringComparer.Ordinal));

    public static string Clusters(PlacedResource placed) => CommonColumns.Join(Active(placed).Select(share => $"{share.Cluster}:{share.Ready}/{share.Replicas}"));

    public static string Images(PlacedResource placed) => CommonColumns.Join(placed.Template.Spec.Containers.Select(container => container.Image));

    public static IEnumerable<ClusterShare> Active(PlacedResource placed) => placed.Shares.Where(share => share.Phase == SharePhase.Active && share.Replicas > 0);
}
