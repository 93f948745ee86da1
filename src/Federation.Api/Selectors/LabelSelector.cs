using Federation.Api.Merging;

namespace Federation.Api.Selectors;

/// <summary>Kubernetes' <c>LabelSelector</c>; every requirement must hold. An empty one selects everything.</summary>
[Atomic]
public sealed record LabelSelector
{
    /// <summary>Labels that must have exactly these values.</summary>
    public IReadOnlyDictionary<string, string> MatchLabels { get; init; } = Meta.Maps.Empty;

    /// <summary>More requirements; all must hold.</summary>
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

/// <summary>One requirement on labels.</summary>
public sealed record LabelRequirement
{
    /// <summary>The label.</summary>
    public string Key { get; init; } = "";

    /// <summary>What the values are to the label.</summary>
    public LabelOperator Operator { get; init; }

    /// <summary>For <c>In</c> and <c>NotIn</c>: at least one; else none.</summary>
    public IReadOnlyList<string> Values { get; init; } = [];

    public bool Matches(IReadOnlyDictionary<string, string> labels) => Operator switch
    {
        LabelOperator.In => labels.TryGetValue(Key, out var value) && Has(value),
        LabelOperator.NotIn => !labels.TryGetValue(Key, out var value) || !Has(value),
        LabelOperator.Exists => labels.ContainsKey(Key),
        LabelOperator.DoesNotExist => !labels.ContainsKey(Key),
        _ => false,
    };

    /// <remarks>A plain loop: every watch asks this about every change.</remarks>
    private bool Has(string value)
    {
        for (var i = 0; i < Values.Count; i++)
        {
            if (Values[i] == value)
                return true;
        }

        return false;
    }
}

public enum LabelOperator
{
    In,
    NotIn,
    Exists,
    DoesNotExist,
}
