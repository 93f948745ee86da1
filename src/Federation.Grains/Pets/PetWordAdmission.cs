using System.Diagnostics;
using Federation.Api;
using Federation.Api.Meta;
using Federation.Api.Pets;

namespace Federation.Grains.Pets;

/// <summary>Judges what people say of single pets. Pure.</summary>
internal static class PetWordAdmission
{
    /// <param name="isReady">Whether the pet's cluster counts as Ready: what it reports holds now.</param>
    /// <param name="cannotMove">Of a move: why the pet cannot go there; null: it can.</param>
    /// <returns>The words that are to be in the status, the same instance when this one changes nothing; or why it is refused.</returns>
    /// <remarks>
    /// | word    | the pet                                       | comes to              |
    /// |---------|-----------------------------------------------|-----------------------|
    /// | any     | is not there, or has another epoch by now     | refused               |
    /// | any     | has no cluster                                | refused               |
    /// | Fence   | runs, as its cluster says right now           | refused               |
    /// | Fence   | is known not to run in the cluster it leaves  | nothing               |
    /// | Release | leaves its cluster already                    | nothing               |
    /// | Release | moves to another cluster                      | ends the move         |
    /// | Move    | leaves its cluster, or moves elsewhere        | refused               |
    /// | Move    | cannot go there                               | refused               |
    /// | Move    | without a cluster (taken back): does not move | refused               |
    /// | Move    | without a cluster: moves                      | ends the move         |
    /// | any     | heard the same word in this epoch             | nothing               |
    /// | any     | else                                          | replaces an older one |
    /// </remarks>
    public static (IReadOnlyList<PetWord>? Words, Status? Refusal) Judge(PetSet set, PetWord word, bool isReady, string? cannotMove = null)
    {
        var words = set.Status.Words;
        if (set.Status.Pets.FirstOrDefault(pet => pet.Ordinal == word.Ordinal) is not { } pet)
            return (null, Refuse(set, $"there is no pet {set.NameOf(word.Ordinal)}"));
        if (word.Epoch != pet.Epoch)
            return (null, Refuse(set, $"{pet.Name} has epoch {pet.Epoch} by now, and what was said is about epoch {word.Epoch}"));
        if (pet.Cluster is not { } cluster)
            return (null, Refuse(set, $"{pet.Name} has no cluster, so nothing of it runs"));
        if (word.Kind == PetWordKind.Move)
            return JudgeMove(set, pet, word, cannotMove);
        if (words.Any(known => known.Ordinal == word.Ordinal && known.Kind == word.Kind && known.Epoch == word.Epoch))
            return (words, null);
        switch (word.Kind)
        {
            case PetWordKind.Fence when isReady && pet.Phase is PetPhase.Running or PetPhase.Ready:
                return (null, Refuse(set, $"cluster {cluster} reports that {pet.Name} runs: who says that it is dead starts it a second time. To start it elsewhere, release it"));
            case PetWordKind.Fence when pet.Release?.FreedAt is not null:
            case PetWordKind.Release when pet is { Release: not null, Move: null }:
                return (words, null);
            case PetWordKind.Release:
                return ([.. words.Where(known => known.Ordinal != word.Ordinal || known.Kind is not (PetWordKind.Release or PetWordKind.Move)), word], null);
            case PetWordKind.Fence:
                return ([.. words.Where(known => known.Ordinal != word.Ordinal || known.Kind != word.Kind), word], null);
            default:
                throw new UnreachableException($"No meaning for {word.Kind}.");
        }
    }

    private static (IReadOnlyList<PetWord>? Words, Status? Refusal) JudgeMove(PetSet set, PetStatus pet, PetWord word, string? cannotMove)
    {
        var words = set.Status.Words;
        var known = words.FirstOrDefault(known => known.Ordinal == word.Ordinal && known.Kind == PetWordKind.Move && known.Epoch == word.Epoch);
        if (word.To is null)
        {
            return known is null
                ? (null, Refuse(set, $"{pet.Name} is in {pet.Cluster} and is not asked to move"))
                : ([.. words.Where(other => !ReferenceEquals(other, known))], null);
        }

        if (known?.To == word.To && known.Back == word.Back)
            return (words, null);
        if (known is not null)
            return (null, Refuse(set, $"{pet.Name} is asked to move to {known.To} already: take that back first (`fed move pet {pet.Name} --cancel`)"));
        if (pet.Release is not null)
            return (null, Refuse(set, $"{pet.Name} leaves {pet.Cluster} at present ({pet.Phase}{(pet.Message is null ? "" : $": {pet.Message}")}); move it once it runs"));
        return cannotMove is null
            ? ([.. words.Where(other => other.Ordinal != word.Ordinal || other.Kind != PetWordKind.Move), word], null)
            : (null, Refuse(set, $"{pet.Name} cannot move to {word.To}: {cannotMove}"));
    }

    /// <summary>What was said, for the event that keeps it.</summary>
    public static string Describe(PetSet set, PetWord word)
    {
        var pet = set.Status.Pets.First(pet => pet.Ordinal == word.Ordinal);
        return word.Kind switch
        {
            PetWordKind.Fence => $"{word.By} vouches for it that {pet.Name}, epoch {pet.Epoch}, does not run in {pet.Cluster}.",
            PetWordKind.Release => $"{word.By} asked that {pet.Name}, epoch {pet.Epoch}, leaves {pet.Cluster} and its volumes there.",
            PetWordKind.Move when word.To is null => $"{word.By} asked that {pet.Name}, epoch {pet.Epoch}, does not move and stays in {pet.Cluster}.",
            PetWordKind.Move => $"{word.By} asked that {pet.Name}, epoch {pet.Epoch}, moves from {pet.Cluster} to {word.To} {(word.Back == true ? $"and the volumes that it left there; what it wrote in {pet.Cluster} is lost" : "with its volumes")}.",
            _ => throw new UnreachableException($"No words for {word.Kind}."),
        };
    }

    private static Status Refuse(PetSet set, string why) => Statuses.Conflict(Kinds.PetSet, set.Metadata.Name, why);
}
