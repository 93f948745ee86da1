using Federation.Api.Apps;

namespace Federation.Domain.Scheduling.Placing;

/// <summary>The filters' names, as explanations show them.</summary>
internal static class FilterNames
{
    public const string Ready = "Ready";
    public const string Unschedulable = "Unschedulable";
    public const string Region = "Region";
    public const string ClusterSelector = "ClusterSelector";
    public const string Taints = "Taints";
    public const string Weight = "Weight";
    public const string Capacity = "Capacity";
    public const string Spread = "Spread";
    public const string NodeSelector = "NodeSelector";
    public const string Drain = "Drain";
}

/// <summary>Counts refused clusters or nodes by filter and reason, and remembers the first few names of each.</summary>
internal sealed class Refusals
{
    private const int MostNames = 20;

    private readonly List<Group> _groups = [];
    private Group? _last;

    public int Count { get; private set; }

    public void Add(string filter, string reason, string place)
    {
        Count++;
        // Neighbours are mostly refused for the same reason.
        var group = _last is { } last && last.Is(filter, reason) ? last : Find(filter, reason);
        group.Count++;
        if (group.Names.Count < MostNames)
            group.Names.Add(place);
        _last = group;
    }

    public int CountOf(string filter)
    {
        var count = 0;
        foreach (var group in _groups)
            count += group.Filter == filter ? group.Count : 0;
        return count;
    }

    /// <summary>The largest groups first.</summary>
    public IEnumerable<Group> Groups => _groups
        .OrderByDescending(group => group.Count).ThenBy(group => group.Filter, StringComparer.Ordinal).ThenBy(group => group.Reason, StringComparer.Ordinal);

    public IReadOnlyList<PlacementRefusal> ToList() =>
        [.. Groups.Select(group => new PlacementRefusal { Filter = group.Filter, Reason = group.Reason, Clusters = group.Names, Count = group.Count })];

    private Group Find(string filter, string reason)
    {
        foreach (var group in _groups)
        {
            if (group.Is(filter, reason))
                return group;
        }

        var added = new Group(filter, reason);
        _groups.Add(added);
        return added;
    }

    internal sealed class Group(string filter, string reason)
    {
        public string Filter { get; } = filter;
        public string Reason { get; } = reason;
        public List<string> Names { get; } = [];
        public int Count { get; set; }

        public bool Is(string filter, string reason) => (object)Filter == filter && (ReferenceEquals(Reason, reason) || Reason == reason);
    }
}
