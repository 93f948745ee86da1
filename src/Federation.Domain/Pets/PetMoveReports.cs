using Federation.Api.Agents;
using Federation.Api.Pets;

namespace Federation.Domain.Pets;

/// <summary>Folds in how far copies of volumes are, and which volumes are deleted. Pure.</summary>
internal static class PetMoveReports
{
    /// <summary>Each count is a write of the set.</summary>
    internal static readonly TimeSpan CountEvery = TimeSpan.FromSeconds(3);

    /// <param name="pet">On its way to the cluster that reports.</param>
    public static PetStatus Fold(PetStatus pet, WorkStatus report, DateTimeOffset now)
    {
        if (pet.Move is not { CopiedAt: null, After: { } after } move || !pet.IsCarried() || report.Revision <= after || report.Orphan)
            return pet;
        if (Find(pet, report) is not { } copy)
            return pet;
        var isNews = move.Copy != copy.Phase || move.Reason != copy.Reason || (move.Node ?? "") != copy.Node;
        if (!isNews && (move.Bytes == copy.Bytes || move.CountedAt + CountEvery > now))
            return pet;
        return pet with
        {
            Move = move with
            {
                Copy = copy.Phase,
                Node = copy.Node.Length > 0 ? copy.Node : null,
                Bytes = copy.Bytes,
                CountedAt = now,
                Digest = copy.Digest,
                CopiedAt = copy.Phase == WorkPetCopyPhase.Done ? now : null,
                Reason = copy.Reason,
                Message = copy.Message,
            },
        };
    }

    /// <param name="pet">New, on its way to the cluster that reports.</param>
    /// <param name="restore">The pet's.</param>
    public static PetStatus Fold(PetStatus pet, PetRestore restore, WorkStatus report, DateTimeOffset now)
    {
        if (restore.CopiedAt is not null || report.Revision <= restore.After || report.Orphan || Find(pet, report) is not { } copy)
            return pet;
        var isNews = restore.Copy != copy.Phase || restore.Reason != copy.Reason || (restore.Node ?? "") != copy.Node;
        if (!isNews && (restore.Bytes == copy.Bytes || restore.CountedAt + CountEvery > now))
            return pet;
        return pet with
        {
            Restore = restore with
            {
                Copy = copy.Phase,
                Node = copy.Node.Length > 0 ? copy.Node : null,
                Bytes = copy.Bytes,
                CountedAt = now,
                CopiedAt = copy.Phase == WorkPetCopyPhase.Done ? now : null,
                Reason = copy.Reason,
                Message = copy.Message,
            },
        };
    }

    /// <summary>A cluster that was asked to delete volumes names their pet until it has.</summary>
    public static PetLeftover Fold(PetLeftover leftover, WorkStatus report, DateTimeOffset now) =>
        leftover.GoneAt is null && leftover.After < report.Revision && report is { Orphan: false, Gone: false } && report.Pets.All(pet => pet.Ordinal != leftover.Ordinal)
            ? leftover with { GoneAt = now }
            : leftover;

    private static WorkPetCopyStatus? Find(PetStatus pet, WorkStatus report) => report.Copies.FirstOrDefault(copy => copy.Ordinal == pet.Ordinal && copy.Epoch == pet.Epoch);
}
