using Federation.Api.Meta;
using Federation.Api.Snapshots;

namespace Federation.Gateway.Tables;

internal sealed class PetSnapshotColumns : ITableColumns
{
    private static readonly string[] Units = ["", "Ki", "Mi", "Gi", "Ti"];

    public string Kind => PetSnapshot.KindName;

    public IReadOnlyList<TableColumn> Columns { get; } =
    [
        CommonColumns.Name,
        new("PetSet", "Whose pets they are.", static (resource, _) => ((PetSnapshot)resource).Spec.PetSet),
        new("Status", "How the copies do that were last to be taken: InProgress, Complete or Failed; Scheduled: it was not time yet.", static (resource, _) => StatusOf((PetSnapshot)resource)),
        new("Copies", "Copies that are stored.", static (resource, _) => ((PetSnapshot)resource).Status.Complete) { Type = "integer" },
        new("Size", "Bytes of their files.", static (resource, _) => SizeOf(((PetSnapshot)resource).Status.Bytes)),
        new("Schedule", "When they are taken.", static (resource, _) => CommonColumns.OrNone(((PetSnapshot)resource).Spec.Schedule)),
        new("Last Complete", "How long ago one was last complete.", static (resource, now) => LastComplete((PetSnapshot)resource, now)),
        CommonColumns.Age,
        new("Clusters", "Where they are stored.", static (resource, _) => Clusters((PetSnapshot)resource)) { IsWide = true },
        new("Items", "Each copy, and how far it is.", static (resource, _) => CommonColumns.Join(((PetSnapshot)resource).Status.Items.Select(item => $"{item.Id}/{item.Phase}"))) { IsWide = true },
    ];

    private static string StatusOf(PetSnapshot snapshot) =>
        snapshot.IsDeleting ? "Terminating"
        : snapshot.Status.Conditions.IsTrue(PetSnapshotConditions.Complete) ? "Complete"
        : snapshot.Status.Conditions.IsTrue(PetSnapshotConditions.Failed) ? "Failed"
        : snapshot.Status.LastScheduleTime is not null || !snapshot.IsScheduled ? "InProgress"
        : snapshot.Spec.Suspend == true ? "Suspended"
        : "Scheduled";

    /// <summary>As sizes are written in manifests, rounded: <c>10Gi</c>.</summary>
    private static string SizeOf(double bytes)
    {
        var unit = 0;
        for (; bytes >= 1024 && unit < Units.Length - 1; unit++)
            bytes /= 1024;
        return bytes.ToString(bytes < 10 && unit > 0 ? "0.#" : "0", System.Globalization.CultureInfo.InvariantCulture) + Units[unit];
    }

    private static string LastComplete(PetSnapshot snapshot, DateTimeOffset now) =>
        snapshot.Status.LastCompleteTime is { } last ? CommonColumns.AgeOf(last, now) : CommonColumns.None;

    private static string Clusters(PetSnapshot snapshot) => CommonColumns.Join(
        snapshot.Status.Items.Where(item => item.Phase == PetSnapshotPhase.Complete).Select(item => item.Cluster ?? "").Distinct().Order(StringComparer.Ordinal));
}
