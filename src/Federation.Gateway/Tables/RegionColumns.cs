using Federation.Api.Regions;

namespace Federation.Gateway.Tables;

internal sealed class RegionColumns : ITableColumns
{
    public string Kind => Region.KindName;

    public IReadOnlyList<TableColumn> Columns { get; } =
    [
        CommonColumns.Name,
        new("Location", "Latitude and longitude, in degrees.", static (resource, _) => Location(((Region)resource).Spec.Location)),
        new("Networks", "How many networks its clients have.", static (resource, _) => ((Region)resource).Spec.ClientNetworks.Count) { Type = "integer" },
        new("Nearest", "Who stands in for it, nearest first.", static (resource, _) => CommonColumns.Join(((Region)resource).Spec.Nearest)),
        CommonColumns.Age,
        new("Client Networks", "The networks of its clients.", static (resource, _) => CommonColumns.Join(((Region)resource).Spec.ClientNetworks)) { IsWide = true },
    ];

    private static string Location(GeoLocation? place) =>
        place is null ? CommonColumns.None : FormattableString.Invariant($"{place.Latitude:0.##},{place.Longitude:0.##}");
}
