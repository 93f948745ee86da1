using Federation.Api.Agents;
using Federation.Api.Json;
using Federation.Api.Snapshots;

namespace Federation.Domain.Snapshots;

/// <summary>Folds what a cluster says about copies into the status. Pure.</summary>
/// <remarks>
/// A cluster speaks of what it was asked to take or to store, and of nothing else. An id is never used twice, so what is said of one is said of this copy.
/// <code>
/// the copy   the cluster               says of its part   it
/// Taking     has the pet               Taken, Done        is Storing, with the checksums that were said
/// Storing    is to store it            Stored, Done       is Complete if the checksums are those; what was taken goes
/// Complete   stores it                 Stored, Failed     is Failed: it is lost
/// any        was asked for the part    Failed             is Failed; what there may be of it goes
/// </code>
/// </remarks>
public static class SnapshotReports
{
    /// <summary>Each count is a write.</summary>
    internal static readonly TimeSpan CountEvery = TimeSpan.FromSeconds(3);

    /// <param name="snapshot">As stored, with its revision.</param>
    /// <param name="cluster">Who says it.</param>
    /// <param name="report">What it says; about this object's uid.</param>
    /// <param name="now">When it arrived.</param>
    /// <returns>The same instance when nothing changed.</returns>
    public static PetSnapshot Fold(PetSnapshot snapshot, string cluster, WorkStatus report, DateTimeOffset now)
    {
        if (report.Orphan)
            return snapshot;
        var draft = new SnapshotDraft(snapshot, now, []);
        foreach (var said in report.Snapshots)
        {
            if (draft.Items.Find(item => item.Id == said.Id) is not { } item)
                continue;
            if (said.Part == WorkSnapshotPart.Taken && item.Phase == PetSnapshotPhase.Taking && item.TakenIn == cluster)
                Take(draft, item, said);
            else if (said.Part == WorkSnapshotPart.Stored && item.Phase == PetSnapshotPhase.Storing && item.Cluster == cluster)
                Store(draft, item, said);
            else if (said.Part == WorkSnapshotPart.Stored && item.Phase == PetSnapshotPhase.Complete && item.Cluster == cluster)
                Keep(draft, item, said);
        }

        draft.Discards.RemoveAll(discard => discard.Cluster == cluster && discard.After < report.Revision
            && report.Snapshots.All(said => (said.Id, said.Part) != (discard.Id, discard.Part)));
        var next = snapshot.Status with { Items = draft.Items, Discards = draft.Discards, LastCompleteTime = draft.LastCompleteTime };
        return AreEqual(snapshot.Status, next) ? snapshot : snapshot with { Status = next };
    }

    internal static bool AreEqual(PetSnapshotStatus left, PetSnapshotStatus right) => ApiJson.AreWrittenAlike(left, right);

    private static void Take(SnapshotDraft draft, PetSnapshotItem item, WorkSnapshotStatus said)
    {
        switch (said.Phase)
        {
            case WorkSnapshotPhase.Done when said.Claims.Select(claim => claim.Name).SequenceEqual(item.Claims.Select(claim => claim.Name)):
                draft.Put(item with
                {
                    Phase = PetSnapshotPhase.Storing,
                    TakenOn = said.Node.Length > 0 ? said.Node : item.TakenOn,
                    TakenAt = said.TakenAt ?? draft.Now,
                    Claims = [.. said.Claims.Select(claim => new PetSnapshotClaim { Name = claim.Name, Bytes = claim.Bytes, Digest = claim.Digest })],
                    Reason = null,
                    Message = null,
                });
                break;
            case WorkSnapshotPhase.Failed:
                draft.Fail(item, said.Reason ?? "TakingFailed", said.Message ?? $"{item.TakenIn} does not say why");
                break;
            case WorkSnapshotPhase.Waiting or WorkSnapshotPhase.Working:
                draft.Put(item with { Reason = said.Reason, Message = said.Message });
                break;
        }
    }

    private static void Store(SnapshotDraft draft, PetSnapshotItem item, WorkSnapshotStatus said)
    {
        switch (said.Phase)
        {
            case WorkSnapshotPhase.Done when IsWhatWasTaken(item, said):
                draft.Put(item with
                {
                    Phase = PetSnapshotPhase.Complete,
                    Node = said.Node.Length > 0 ? said.Node : item.Node,
                    CompletedAt = draft.Now,
                    Bytes = item.Claims.Sum(claim => claim.Bytes),
                    CountedAt = draft.Now,
                    Reason = null,
                    Message = null,
                });
                draft.DiscardTaken(item);
                draft.LastCompleteTime = draft.Now;
                break;
            case WorkSnapshotPhase.Done:
                draft.Put(item with { Reason = WorkSnapshotReasons.ChecksumDiffers, Message = $"what {item.Cluster} has is not what was taken" });
                break;
            case WorkSnapshotPhase.Failed:
                draft.Fail(item, said.Reason ?? "StoringFailed", said.Message ?? $"{item.Cluster} does not say why");
                break;
            case WorkSnapshotPhase.Waiting or WorkSnapshotPhase.Working when IsNews(item, said, draft.Now):
                draft.Put(item with { Node = said.Node.Length > 0 ? said.Node : item.Node, Bytes = said.Bytes, CountedAt = draft.Now, Reason = said.Reason, Message = said.Message });
                break;
        }
    }

    private static void Keep(SnapshotDraft draft, PetSnapshotItem item, WorkSnapshotStatus said)
    {
        if (said.Phase == WorkSnapshotPhase.Failed)
            draft.Fail(item, said.Reason ?? WorkSnapshotReasons.Missing, said.Message ?? $"{item.Cluster} has it no more");
        else if (said is { Phase: WorkSnapshotPhase.Done, Node.Length: > 0 } && said.Node != item.Node)
            draft.Put(item with { Node = said.Node });
    }

    private static bool IsWhatWasTaken(PetSnapshotItem item, WorkSnapshotStatus said) =>
        said.Claims.Select(claim => (claim.Name, (string?)claim.Digest)).Order().SequenceEqual(item.Claims.Select(claim => (claim.Name, claim.Digest)).Order());

    private static bool IsNews(PetSnapshotItem item, WorkSnapshotStatus said, DateTimeOffset now) =>
        item.Reason != said.Reason || (said.Node.Length > 0 && item.Node != said.Node) || (item.Bytes != said.Bytes && !(item.CountedAt + CountEvery > now));
}
