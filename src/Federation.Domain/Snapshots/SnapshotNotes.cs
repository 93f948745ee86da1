using Federation.Api.Snapshots;
using Federation.Domain.Pets;

namespace Federation.Domain.Snapshots;

/// <summary>Says in events what became of copies.</summary>
public static class SnapshotNotes
{
    public static IEnumerable<PetNote> Of(PetSnapshot before, PetSnapshotStatus next)
    {
        var was = before.Status.Items.ToDictionary(item => item.Id);
        foreach (var item in next.Items)
        {
            if (was.TryGetValue(item.Id, out var old) && old.Phase == item.Phase)
                continue;
            switch (item.Phase)
            {
                case PetSnapshotPhase.Taking:
                    yield return new PetNote("SnapshotBegun", $"{item.TakenOn} in {item.TakenIn} is to take {item.Pet}, epoch {item.Epoch}, as {item.Id}.");
                    break;
                case PetSnapshotPhase.Storing:
                    yield return new PetNote("SnapshotTaken", $"{item.Id}: {item.Pet} was taken in {item.TakenIn}; {item.Cluster} is to store it.");
                    break;
                case PetSnapshotPhase.Complete:
                    yield return new PetNote("SnapshotStored", $"{item.Id}: {item.Cluster} has stored {item.Pet}, {item.Bytes} bytes.");
                    break;
                case PetSnapshotPhase.Failed:
                    yield return new PetNote(old?.Phase == PetSnapshotPhase.Complete ? "SnapshotLost" : "SnapshotFailed", $"{item.Id} of {item.Pet}: {item.Message}.", IsWarning: true);
                    break;
            }
        }

        var left = next.Items.Select(item => item.Id).ToHashSet();
        foreach (var gone in before.Status.Items.Where(item => item.Phase == PetSnapshotPhase.Complete && !left.Contains(item.Id)))
            yield return new PetNote("SnapshotDropped", $"{gone.Id} of {gone.Pet} is deleted: there are newer ones.");
        if (next.LastScheduleTime != before.Status.LastScheduleTime && next.Items.All(item => item.PlannedAt != next.LastScheduleTime))
            yield return new PetNote("NothingTaken", $"There were no pets of {before.Spec.PetSet} to take.", IsWarning: true);
    }
}
