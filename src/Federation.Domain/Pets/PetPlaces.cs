using Federation.Api.Apps;
using Federation.Api.Pets;
using Federation.Domain.Scheduling;
using Federation.Domain.Scheduling.Placing;

namespace Federation.Domain.Pets;

/// <summary>Where pets can go: the clusters that pass the filters of all placed kinds, and what each of them, of their zones and of their regions has of the set already.</summary>
/// <remarks>
/// A pet goes to the region with the fewest pets, there to the zone and the cluster with the fewest: so the largest region has as few as can be, and no
/// majority when that can be had. What has a place keeps it.
/// </remarks>
internal sealed class PetPlaces
{
    private readonly PlacementInput _input;
    private readonly Candidate[] _candidates;
    private readonly Refusals _refusals = new();
    private readonly List<ClusterSnapshot> _roomless = [];
    private readonly Dictionary<string, int> _pets = [];
    private readonly Dictionary<string, int> _held = [];
    private readonly PetDraft _draft;

    public PetPlaces(PetDraft draft)
    {
        _draft = draft;
        var set = draft.Set;
        _input = new PlacementInput(set.Wanted, ResourceAmounts.OfPod(set.Spec.Template), set.Rules, draft.Clusters, set.Shares, draft.Now);
        var candidates = new Candidate[draft.Clusters.Length];
        var count = Filters.Apply(_input, candidates, _refusals, _roomless);
        _candidates = candidates[..count];
        Scores.Apply(_candidates);
        foreach (var pet in draft.Pets.Values.Where(pet => pet.Cluster is not null && (!pet.IsFree() || pet.Move is not null)))
        {
            // One that moves must find room where it goes, and at home should it come back.
            Hold(pet.Cluster!, 1);
            if (pet.IsBound())
                Count(pet.Cluster!, 1);
            if (pet.Move is { To: var to })
                Take(to);
        }

        foreach (var pet in draft.Pets.Values.Where(pet => pet.Restore is not null))
            Take(pet.Restore!.To);
    }

    public IReadOnlyDictionary<string, int> Held => _held;

    /// <summary>Whether any cluster but this one can take the pet.</summary>
    public bool CanTake(PetStatus pet, string? except) => Best(pet, except, strictly: true) is not null;

    /// <summary>Whether a cluster can take the pet: one with volumes that it left there cannot.</summary>
    public bool HasRoom(PetStatus pet, string cluster) => HasRoom(cluster) && !HasLeftIn(pet, cluster);

    /// <summary>Whether a cluster has room for one more.</summary>
    public bool HasRoom(string cluster) => _candidates.Any(candidate => candidate.Place.Name == cluster && IsOpen(candidate));

    /// <summary>The best cluster for the pet; null: there is none.</summary>
    /// <param name="pet">One more pet.</param>
    /// <param name="except">A cluster to leave out: if need be only, unless <paramref name="strictly"/>.</param>
    public ClusterSnapshot? Best(PetStatus pet, string? except, bool strictly)
    {
        Candidate? best = null;
        foreach (var candidate in _candidates)
        {
            if (!IsOpen(candidate) || HasLeftIn(pet, candidate.Place.Name) || candidate.Place.Name == except || !KeepsToMaxima(candidate.Place))
                continue;
            if (best is not { } other || Compare(candidate, other) < 0)
                best = candidate;
        }

        if (best is { } found)
            return (ClusterSnapshot)found.Place;
        return !strictly && except is not null && HasRoom(pet, except) ? _draft.Cluster(except) : null;
    }

    /// <summary>The cluster gets one.</summary>
    public void Take(string cluster)
    {
        Hold(cluster, 1);
        Count(cluster, 1);
    }

    /// <summary>The pet has what was held for it where it went, and needs nothing any more where it was.</summary>
    public void Arrive(PetStatus pet) => Hold(pet.Cluster!, -1);

    /// <summary>The outcome, as it is explained.</summary>
    public Placement Explain(int unplaced)
    {
        for (var i = 0; i < _candidates.Length; i++)
            _candidates[i].Replicas = _held.GetValueOrDefault(_candidates[i].Place.Name);
        List<string> unmet = [.. _input.Spec.Spread.Where(spread => Used(spread.By) < (spread.Min ?? 1)).Select(spread =>
            $"placement.spread asks for {spread.Min ?? 1} by {spread.By.ToString().ToLowerInvariant()}, and the pets are in {Used(spread.By)}")];
        return new Placement
        {
            Targets = [.. _draft.Clusters.Where(cluster => _held.GetValueOrDefault(cluster.Name) > 0).Select(cluster => new PlacementTarget(cluster, _held[cluster.Name]))],
            Wanted = _draft.Set.Wanted,
            Unplaced = unplaced,
            Refused = _refusals.ToList(),
            Scores = Scores.Explain(_candidates),
            UnmetSpread = unmet,
            Hints = unplaced == 0 ? [] : Hints.Of(_input, _candidates, _roomless, _refusals, unplaced),
        };
    }

    private bool IsOpen(in Candidate candidate) => candidate.IsOpen && _held.GetValueOrDefault(candidate.Place.Name) < candidate.Limit;

    private bool HasLeftIn(PetStatus pet, string cluster) => _draft.Leftovers.Exists(leftover => leftover.Ordinal == pet.Ordinal && leftover.Cluster == cluster);

    private void Hold(string cluster, int pets) => _held[cluster] = _held.GetValueOrDefault(cluster) + pets;

    private int Compare(in Candidate left, in Candidate right)
    {
        var order = Of(left.Place, SpreadTopology.Region).CompareTo(Of(right.Place, SpreadTopology.Region));
        if (order == 0)
            order = Of(left.Place, SpreadTopology.Zone).CompareTo(Of(right.Place, SpreadTopology.Zone));
        if (order == 0)
            order = Of(left.Place, SpreadTopology.Cluster).CompareTo(Of(right.Place, SpreadTopology.Cluster));
        if (order == 0)
            order = left.ScoreOrder.CompareTo(right.ScoreOrder);
        return order != 0 ? order : string.CompareOrdinal(left.Place.Name, right.Place.Name);
    }

    private bool KeepsToMaxima(Place place) => _input.Spec.Spread.All(spread => spread.Max is not { } max || Of(place, spread.By) > 0 || Used(spread.By) < max);

    private int Of(Place place, SpreadTopology by) => _pets.GetValueOrDefault(KeyOf(place, by));

    private int Used(SpreadTopology by) => _pets.Count(entry => entry.Value > 0 && entry.Key.StartsWith(Prefix(by), StringComparison.Ordinal));

    private void Count(string name, int pets)
    {
        if (_draft.Cluster(name) is not { } cluster)
            return;
        foreach (var by in (SpreadTopology[])[SpreadTopology.Region, SpreadTopology.Zone, SpreadTopology.Cluster])
            _pets[KeyOf(cluster, by)] = Of(cluster, by) + pets;
    }

    private static string Prefix(SpreadTopology by) => by switch { SpreadTopology.Region => "r/", SpreadTopology.Zone => "z/", _ => "c/" };

    private static string KeyOf(Place place, SpreadTopology by) => Prefix(by) + by switch
    {
        SpreadTopology.Region => place.Region,
        SpreadTopology.Zone => $"{place.Region}/{place.Zone}",
        _ => place.Name,
    };
}
