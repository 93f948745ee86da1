using Federation.Api.Zones;

namespace Federation.Gateway.Tables;

internal sealed class ZoneColumns : ITableColumns
{
    public string Kind => Zone.KindName;

    public IReadOnlyList<TableColumn> Columns { get; } =
    [
        CommonColumns.Name,
        new("Zone", "The domain it begins at.", static (resource, _) => ((Zone)resource).Spec.Zone ?? resource.Metadata.Name),
        new("TTL", "Seconds that records without a TTL may be kept.", static (resource, _) => ((Zone)resource).Spec.Ttl ?? 0) { Type = "integer" },
        CommonColumns.Age,
    ];
}
