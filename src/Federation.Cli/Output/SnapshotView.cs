using System.Globalization;
using Federation.Api.Snapshots;
using Spectre.Console;

namespace Federation.Cli.Output;

/// <summary>What people read of copies of pets' volumes. Pure.</summary>
internal static class SnapshotView
{
    /// <summary>How far those are that are being made, in a line; null: nobody has looked at it yet.</summary>
    public static string? Progress(PetSnapshot snapshot)
    {
        var open = snapshot.Status.Items.Where(item => item.IsOpen).Select(item => $"{item.Pet}: {Step(item)}").ToList();
        return open.Count > 0 ? string.Join("; ", open)
            : snapshot.Status.Conditions.FirstOrDefault(condition => condition.Type == PetSnapshotConditions.Complete) is { Message.Length: > 0 } waiting ? waiting.Message
            : null;
    }

    /// <summary>What there is of one now.</summary>
    public static string Receipt(PetSnapshotItem item) => string.Create(
        CultureInfo.InvariantCulture,
        $"{item.Id} of {item.Pet}, epoch {item.Epoch}, taken {item.TakenAt:yyyy-MM-dd HH:mm:ss'Z'} in {item.TakenIn}: {MoveView.Bytes(item.Bytes)} stored in {item.Cluster}{(item.Node is null ? "" : $" on {item.Node}")}");

    public static Table Table(IReadOnlyList<PetSnapshot> snapshots, DateTimeOffset now)
    {
        var table = StatusView.NewTable("SNAPSHOT", "ID", "PET", "PHASE", "CLUSTER", "NODE", "SIZE", "TAKEN", "MESSAGE");
        foreach (var snapshot in snapshots.OrderBy(snapshot => snapshot.Metadata.Namespace, StringComparer.Ordinal).ThenBy(snapshot => snapshot.Metadata.Name, StringComparer.Ordinal))
        {
            foreach (var item in snapshot.Status.Items)
            {
                string[] cells =
                [
                    snapshot.Metadata.Name, item.Id, item.Pet, $"{item.Phase}", item.Cluster ?? "", item.Node ?? "", MoveView.Bytes(item.Bytes),
                    item.TakenAt is null ? "" : Durations.Age(item.TakenAt, now), item.Message ?? "",
                ];
                table.AddRow(cells.Select(cell => new Text(cell)));
            }
        }

        return table;
    }

    private static string Step(PetSnapshotItem item) => item switch
    {
        { Message: { } message } => message,
        { Phase: PetSnapshotPhase.Waiting } => "is to be taken",
        { Phase: PetSnapshotPhase.Taking } => $"is being taken in {item.TakenIn}",
        _ => $"was taken in {item.TakenIn}, and is brought to {item.Cluster}",
    };
}
