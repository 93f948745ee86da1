using System.Collections.Immutable;
using Federation.Api.Apps;
using Federation.Api.Meta;
using Federation.Api.Pets;
using Federation.Domain.Scheduling;

namespace Federation.Domain.Pets;

/// <summary>The status while it is being planned. Lives for the length of one plan.</summary>
internal sealed class PetDraft
{
    public PetDraft(PetSet set, PetsObserved observed, ImmutableArray<ClusterSnapshot> clusters)
    {
        (Set, Observed, Clusters) = (set, observed, clusters);
        _byName = clusters.ToDictionary(cluster => cluster.Name);
        Revision = set.Revision() ?? 0;
        var status = set.Status;
        foreach (var pet in status.Pets)
            Pets[pet.Ordinal] = pet;
        foreach (var memory in status.Retired)
            Retired[memory.Ordinal] = memory;
        EpochFloor = status.EpochFloor;
        Store = status.Store;
        Words = [.. status.Words];
        Takeovers = [.. status.Takeovers];
        Leftovers = [.. status.Leftovers];
        Policy = status.PartitionPolicy;
        Templates = [.. status.Templates];
        CurrentHash = status.CurrentHash;
        UpdateHash = TemplateHash.Of(set.Spec.Template);
    }

    private readonly Dictionary<string, ClusterSnapshot> _byName;

    public PetSet Set { get; }
    public PetsObserved Observed { get; }

    /// <summary>Sorted by name.</summary>
    public ImmutableArray<ClusterSnapshot> Clusters { get; }

    /// <summary>The set's revision that is planned from.</summary>
    public long Revision { get; }

    public DateTimeOffset Now => Observed.Now;

    /// <summary>By ordinal.</summary>
    public SortedDictionary<int, PetStatus> Pets { get; } = [];
    public SortedDictionary<int, PetMemory> Retired { get; } = [];
    public long EpochFloor { get; set; }

    /// <summary>In which the epochs were given.</summary>
    public string? Store { get; set; }
    public List<PetWord> Words { get; }
    public List<PetTakeover> Takeovers { get; }
    public List<PetLeftover> Leftovers { get; }
    public PartitionPolicy Policy { get; set; }
    public List<PetTemplate> Templates { get; }
    public string? CurrentHash { get; set; }
    public string UpdateHash { get; }
    public List<PetNote> Notes { get; } = [];
    public DateTimeOffset? DueAt { get; private set; }

    /// <summary>Pets that are wanted and found no cluster.</summary>
    public int Unplaced { get; set; }

    public IEnumerable<PetStatus> Wanted => Pets.Values.Where(pet => Set.Wants(pet.Ordinal));

    public ClusterSnapshot? Cluster(string? name) => name is null ? null : _byName.GetValueOrDefault(name);

    public bool IsReady(string? cluster) => Cluster(cluster)?.IsReady == true;

    public bool IsAvailable(PetStatus pet) => pet.IsAvailable(Set, Now);

    public PetWord? Word(PetStatus pet, PetWordKind kind) => Words.Find(word => word.Kind == kind && word.Ordinal == pet.Ordinal && word.Epoch == pet.Epoch);

    /// <summary>Time alone may change the plan then.</summary>
    public void Look(DateTimeOffset? at)
    {
        if (at is { } time && time < DateTimeOffset.MaxValue && (DueAt is null || time < DueAt))
            DueAt = time > Now ? time : Now;
    }

    public void Note(string reason, string message, bool isWarning = false) => Notes.Add(new PetNote(reason, message, isWarning));

    public void Put(PetStatus pet) => Pets[pet.Ordinal] = pet;

    /// <summary>The pet in a phase; since now if it was in another one.</summary>
    public PetStatus InPhase(PetStatus pet, PetPhase phase, string? reason, string? message) =>
        pet with { Phase = phase, Since = pet.Phase == phase ? pet.Since : Now, Reason = reason, Message = message, Heard = null };
}
