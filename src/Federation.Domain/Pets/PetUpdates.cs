using Federation.Api.Pets;

namespace Federation.Domain.Pets;

/// <summary>Which template each pet is to run. Templates that some pet still has are kept in the status, as the spec has the newest only.</summary>
internal static class PetUpdates
{
    public const int MostTemplates = 10;

    public static void Update(PetDraft draft)
    {
        if (draft.Templates.All(template => template.Hash != draft.UpdateHash))
            draft.Templates.Add(new PetTemplate { Hash = draft.UpdateHash, Template = draft.Set.Spec.Template });
        KeepImages(draft);
        draft.CurrentHash ??= draft.UpdateHash;
        foreach (var pet in draft.Wanted.Where(pet => pet.IsFree()).ToList())
            draft.Put(pet with { TemplateHash = HashOfStart(draft, pet) });
        foreach (var pet in NextOf(draft))
            Renew(draft, pet);
        Forget(draft);
    }

    /// <summary>What the images of the newest template stand for is kept with it: its pets have it on when it is the newest no more.</summary>
    private static void KeepImages(PetDraft draft)
    {
        if (draft.Set.Status.Images is not { } pins)
            return;
        var index = draft.Templates.FindIndex(template => template.Hash == pins.TemplateHash);
        if (index >= 0 && draft.Templates[index].Images.Count != pins.References.Count)
            draft.Templates[index] = draft.Templates[index] with { Images = pins.References };
    }

    /// <summary>What begins anew begins with the newest template, unless the partition keeps it from that.</summary>
    private static string HashOfStart(PetDraft draft, PetStatus pet)
    {
        if (!IsPartitioned(draft, pet))
            return draft.UpdateHash;
        var hash = pet.TemplateHash ?? draft.CurrentHash!;
        return draft.Templates.Any(template => template.Hash == hash) ? hash : draft.UpdateHash;
    }

    private static bool IsPartitioned(PetDraft draft, PetStatus pet) =>
        draft.Set.Spec.UpdateStrategy.Type != PetUpdateType.OnDelete && pet.Ordinal < (draft.Set.Spec.UpdateStrategy.Partition ?? 0);

    /// <remarks>
    /// The highest first, and only while all others are available. A pet that is not available, and is not updated either, goes before all: the new
    /// template may be what mends it, and nobody loses it by trying.
    /// </remarks>
    private static IEnumerable<PetStatus> NextOf(PetDraft draft)
    {
        var outdated = draft.Wanted.Where(pet => pet.IsBound() && pet.TemplateHash != draft.UpdateHash && !IsPartitioned(draft, pet)).Reverse().ToList();
        if (outdated.Count == 0 || PetHolds.IsAny(draft))
            return [];
        if (draft.Set.Spec.UpdateStrategy.Type == PetUpdateType.OnDelete)
            return outdated.Where(pet => pet.Phase == PetPhase.Starting && draft.IsReady(pet.Cluster));
        var unavailable = draft.Wanted.Where(pet => !draft.IsAvailable(pet)).ToList();
        if (unavailable.Count == 0)
            return outdated.Take(1);
        foreach (var pet in unavailable)
            draft.Look(pet.AvailableAt(draft.Set));
        return unavailable.Any(pet => pet.TemplateHash == draft.UpdateHash) ? [] : outdated.Where(pet => !draft.IsAvailable(pet)).Take(1);
    }

    private static void Renew(PetDraft draft, PetStatus pet)
    {
        draft.Put(draft.InPhase(pet, PetPhase.Starting, "Updating", "it gets the newest template") with { TemplateHash = draft.UpdateHash });
        draft.Note("PetUpdated", $"{pet.Name} gets template {draft.UpdateHash}.");
    }

    private static void Forget(PetDraft draft)
    {
        if (draft.Wanted.All(pet => pet.TemplateHash == draft.UpdateHash))
            draft.CurrentHash = draft.UpdateHash;
        var used = draft.Pets.Values.Select(pet => pet.TemplateHash).Append(draft.UpdateHash).Append(draft.CurrentHash).ToHashSet();
        draft.Templates.RemoveAll(template => !used.Contains(template.Hash));
        while (draft.Templates.Count > MostTemplates)
        {
            // The newest is the last, so there is an older one.
            var oldest = draft.Templates.Find(template => template.Hash != draft.UpdateHash)!;
            draft.Templates.Remove(oldest);
            draft.CurrentHash = draft.CurrentHash == oldest.Hash ? draft.UpdateHash : draft.CurrentHash;
            foreach (var pet in draft.Pets.Values.Where(pet => pet.TemplateHash == oldest.Hash).ToList())
                Renew(draft, pet);
            draft.Note("TemplateForgotten", $"More than {MostTemplates} templates are in use: pets of template {oldest.Hash} get the newest.", isWarning: true);
        }
    }
}
