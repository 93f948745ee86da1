using Federation.Api.Pets;

namespace Federation.Domain.Pets;

/// <summary>What people asked of single pets: what is done, or can never be done, goes from the list.</summary>
internal static class PetWords
{
    public static void DropOld(PetDraft draft)
    {
        draft.Words.RemoveAll(word => !draft.Pets.TryGetValue(word.Ordinal, out var pet) || pet.Epoch != word.Epoch || pet.Cluster is null || IsDone(draft, word, pet));
        foreach (var word in draft.Words.Where(word => word.Kind == PetWordKind.Fence && CannotHelp(draft, word)).ToList())
        {
            draft.Words.Remove(word);
            draft.Note("NotFenced", $"{draft.Set.NameOf(word.Ordinal)} waits for its volumes in {draft.Pets[word.Ordinal].Cluster}; released, it would start elsewhere with empty ones.", isWarning: true);
        }
    }

    private static bool IsDone(PetDraft draft, PetWord word, PetStatus pet) => word.Kind switch
    {
        PetWordKind.Fence => pet.IsFree(),
        PetWordKind.Move => pet.IsBound() && word.To == pet.Cluster,
        _ => !draft.Set.Wants(pet.Ordinal) && pet.IsFree(),
    };

    /// <summary>A pet that must not leave its volumes gains nothing from being known as dead.</summary>
    private static bool CannotHelp(PetDraft draft, PetWord word)
    {
        var pet = draft.Pets[word.Ordinal];
        return pet.IsBound() && draft.Set.Wants(pet.Ordinal) && !draft.Set.MayLeaveVolumes() && draft.Word(pet, PetWordKind.Release) is null;
    }
}
