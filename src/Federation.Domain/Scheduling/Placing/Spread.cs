using Federation.Api.Apps;

namespace Federation.Domain.Scheduling.Placing;

/// <summary>Keeps an app within the numbers of regions, zones or clusters that its spread allows and asks for.</summary>
internal static class Spread
{
    /// <summary>Drops the clusters of every region (zone, cluster) beyond the maximum, and returns the others.</summary>
    /// <remarks>Those that run the app stay; then the heaviest, then the best scored. If these have no room, roomier ones replace them.</remarks>
    public static Span<Candidate> KeepToMaxima(PlacementInput input, Span<Candidate> candidates, Refusals refusals)
    {
        foreach (var constraint in input.Spec.Spread)
        {
            if (constraint.Max is not { } max)
                continue;
            var groups = GroupsOf(candidates, constraint.By);
            if (groups.Count <= max)
                continue;

            groups.Sort(ByPreference);
            var (chosen, others) = (groups.GetRange(0, Math.Max(0, max)), groups.GetRange(Math.Max(0, max), groups.Count - Math.Max(0, max)));
            if (input.Mode != DivideMode.Duplicate)
                MakeRoom(chosen, others, input.Replicas);

            var ids = chosen.Select(group => group.Id).ToHashSet();
            var reason = $"placement.spread allows at most {max} by {NameOf(constraint.By)}";
            var kept = 0;
            for (var i = 0; i < candidates.Length; i++)
            {
                if (ids.Contains(IdOf(candidates[i], i, constraint.By)))
                    candidates[kept++] = candidates[i];
                else
                    refusals.Add(FilterNames.Spread, reason, candidates[i].Place.Name);
            }

            candidates = candidates[..kept];
        }

        return candidates;
    }

    /// <summary>Sets a lower bound of one replica where a minimum would be missed. True: divide again.</summary>
    public static bool RaiseMinima(PlacementInput input, Span<Candidate> candidates)
    {
        var reserved = 0;
        var isChanged = false;
        foreach (var constraint in input.Spec.Spread)
        {
            var groups = GroupsOf(candidates, constraint.By);
            var missing = (constraint.Min ?? 1) - groups.Count(group => group.IsUsed);
            if (missing <= 0)
                continue;

            // What is there already must stay, or the next division takes it away again.
            foreach (var group in groups.Where(group => group.IsUsed))
                Reserve(group, candidates);
            foreach (var group in groups.Where(group => !group.IsUsed).Order(Comparer<Group>.Create(ByPreference)).Take(missing))
                Reserve(group, candidates);
        }

        return isChanged;

        void Reserve(Group group, Span<Candidate> all)
        {
            if (group.IsReserved || reserved >= input.Replicas)
                return;
            all[group.Best].Lower = 1;
            reserved++;
            isChanged = true;
        }
    }

    /// <summary>A sentence for each minimum that the assignment misses.</summary>
    public static List<string> Unmet(PlacementInput input, ReadOnlySpan<Candidate> candidates)
    {
        var unmet = new List<string>();
        if (input.Replicas == 0)
            return unmet;
        foreach (var constraint in input.Spec.Spread)
        {
            var groups = GroupsOf(candidates, constraint.By);
            var used = groups.Count(group => group.IsUsed);
            if (used < (constraint.Min ?? 1))
                unmet.Add($"placement.spread asks for at least {constraint.Min} by {NameOf(constraint.By)}, and only {used} can run the app{Names(constraint.By, groups)}");
        }

        return unmet;
    }

    /// <summary>While the chosen ones cannot hold everything, the roomiest of the others replaces the tightest of the chosen.</summary>
    private static void MakeRoom(List<Group> chosen, List<Group> others, int replicas)
    {
        while (chosen.Count > 0 && others.Count > 0 && chosen.Sum(group => group.Limit) < replicas)
        {
            var tightest = chosen.MinBy(group => group.Limit)!;
            var roomiest = others.MaxBy(group => group.Limit)!;
            if (roomiest.Limit <= tightest.Limit)
                return;
            chosen[chosen.IndexOf(tightest)] = roomiest;
            others[others.IndexOf(roomiest)] = tightest;
        }
    }

    private static int ByPreference(Group left, Group right)
    {
        var order = right.Current.CompareTo(left.Current);
        if (order == 0)
            order = right.Weight.CompareTo(left.Weight);
        if (order == 0)
            order = left.Score.CompareTo(right.Score);
        return order == 0 ? left.First.CompareTo(right.First) : order;
    }

    private static List<Group> GroupsOf(ReadOnlySpan<Candidate> candidates, SpreadTopology by)
    {
        var groups = new List<Group>();
        // Numbers of regions and zones are dense and start at 0.
        var byId = new List<Group?>();
        for (var i = 0; i < candidates.Length; i++)
        {
            ref readonly var candidate = ref candidates[i];
            var id = IdOf(candidate, i, by);
            while (byId.Count <= id)
                byId.Add(null);
            if (byId[id] is not { } group)
            {
                byId[id] = group = new Group { Id = id, First = i, Best = i, Name = NameOf(candidate.Place, by), Score = uint.MaxValue };
                groups.Add(group);
            }

            group.Add(candidate, i);
        }

        return groups;
    }

    private static int IdOf(in Candidate candidate, int index, SpreadTopology by) => by switch
    {
        SpreadTopology.Region => candidate.Region,
        SpreadTopology.Zone => candidate.Zone,
        _ => index,
    };

    private static string NameOf(Place cluster, SpreadTopology by) => by switch
    {
        SpreadTopology.Region => cluster.Region,
        SpreadTopology.Zone => cluster.Zone ?? cluster.Region,
        _ => cluster.Name,
    };

    private static string NameOf(SpreadTopology by) => by switch
    {
        SpreadTopology.Region => "region",
        SpreadTopology.Zone => "zone",
        _ => "cluster",
    };

    private static string Names(SpreadTopology by, List<Group> groups)
    {
        var used = groups.Where(group => group.IsUsed).Take(5).Select(group => group.Name).ToList();
        return used.Count == 0 ? "" : $" ({NameOf(by)} {string.Join(", ", used)})";
    }

    /// <summary>One region, zone or cluster.</summary>
    private sealed class Group
    {
        private int _bestReplicas = -1;
        private uint _bestScore;

        public required int Id { get; init; }
        public required int First { get; init; }
        public required string Name { get; init; }

        /// <summary>The cluster that would get a replica for the sake of the spread.</summary>
        public int Best { get; set; }
        public long Current { get; private set; }
        public long Limit { get; private set; }
        public double Weight { get; private set; }
        public uint Score { get; set; }
        public bool IsUsed { get; private set; }
        public bool IsReserved { get; private set; }

        public void Add(in Candidate candidate, int index)
        {
            Current += candidate.Current;
            Limit += candidate.Limit;
            Weight += candidate.Weight;
            Score = Math.Min(Score, candidate.ScoreOrder);
            IsUsed |= candidate.Replicas > 0;
            IsReserved |= candidate.Lower > 0;
            var held = Math.Max(candidate.Replicas, candidate.Current);
            if (held < _bestReplicas || (held == _bestReplicas && candidate.ScoreOrder >= _bestScore))
                return;
            (_bestReplicas, _bestScore, Best) = (held, candidate.ScoreOrder, index);
        }
    }
}
