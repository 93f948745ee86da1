using Federation.Api.Pets;

namespace Federation.Gateway.Tables;

internal sealed class PetSetColumns : ITableColumns
{
    public string Kind => PetSet.KindName;

    public IReadOnlyList<TableColumn> Columns { get; } =
    [
        CommonColumns.Name,
        new("Ready", "Ready pets of those that are wanted.", static (resource, _) => $"{((PetSet)resource).Status.ReadyReplicas}/{((PetSet)resource).Spec.Replicas ?? 1}"),
        new("Updated", "Running pets of the newest template.", static (resource, _) => ((PetSet)resource).Status.UpdatedReplicas) { Type = "integer" },
        new("Regions", "Where it runs.", static (resource, _) => PlacedColumns.Regions((PetSet)resource)),
        CommonColumns.Age,
        new("Pets", "Which pet may run where, and how far it is.", static (resource, _) => CommonColumns.Join(((PetSet)resource).Status.Pets.Select(Pet))) { IsWide = true },
        new("Images", "The containers' images.", static (resource, _) => PlacedColumns.Images((PetSet)resource)) { IsWide = true },
    ];

    private static string Pet(PetStatus pet) => $"{pet.Ordinal}:{pet.Cluster ?? "-"}{((pet.Move?.To ?? pet.Restore?.To) is { } to ? $">{to}" : "")}/{pet.Phase}";
}
