namespace Federation.Api.Selectors;

/// <summary>Kubernetes' <c>LabelSelector</c>; every requirement must hold. An empty one selects everything.</summary>
public sealed record LabelSelector
{
    public IReadOnlyDictionary<string, string> MatchLabels { get; init; } = Meta.Maps.Empty;
    public IReadOnlyList<LabelRequirement> MatchExpressions { get; init; } = [];

    /// <remarks>Plain loops: the scheduler asks this of every cluster for every app.</remarks>
    public bool Matches(IReadOnlyDictionary<string, string> labels)
    {
        foreach (var (key, wanted) in MatchLabels)
        {
            if (!labels.TryGetValue(key, out var value) || value != wanted)
                return false;
        }

        for (var i = 0; i < MatchExpressions.Count; i++)
        {
            if (!MatchExpressions[i].Matches(labels))
                return false;
        }

        return true;
    }
}

public sealed record LabelRequirement
{
    public string Key { get; init; } = "";
    public LabelOperator Operator { get; init; }
    public IReadOnlyList<string> Values { get; init; } = [];

    public bool Matches(IReadOnlyDictionary<string, string> labels) => Operator switch
    {
        LabelOperator.In => labels.TryGetValue(Key, out var value) && Values.Contains(value),
        LabelOperator.NotIn => !labels.TryGetValue(Key, out var value) || !Values.Contains(value),
        LabelOperator.Exists => labels.ContainsKey(Key),
        LabelOperator.DoesNotExist => !labels.ContainsKey(Key),
        _ => false,
    };
}

public enum LabelOperator
{
    In,
    NotIn,
    Exists,
    DoesNotExist,
}
