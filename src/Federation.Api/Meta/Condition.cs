namespace Federation.Api.Meta;

/// <summary>Kubernetes' <c>Condition</c>: one named fact about an object, with when it last changed and why.</summary>
public sealed record Condition
{
    /// <summary>The fact's name, in CamelCase.</summary>
    public string Type { get; init; } = "";

    /// <summary>Whether it is so.</summary>
    public ConditionStatus Status { get; init; } = ConditionStatus.Unknown;

    /// <summary>The generation of the object that was looked at.</summary>
    public long ObservedGeneration { get; init; }

    /// <summary>When the status last changed.</summary>
    public DateTimeOffset? LastTransitionTime { get; init; }

    /// <summary>A constant in CamelCase a program can compare with.</summary>
    public string Reason { get; init; } = "";

    /// <summary>A sentence for people.</summary>
    public string Message { get; init; } = "";
}

public enum ConditionStatus
{
    Unknown,
    True,
    False,
}

public static class Conditions
{
    public static Condition? Find(this IReadOnlyList<Condition> conditions, string type) =>
        conditions.FirstOrDefault(condition => condition.Type == type);

    public static bool IsTrue(this IReadOnlyList<Condition> conditions, string type) =>
        conditions.Find(type)?.Status == ConditionStatus.True;

    /// <summary>The list with this condition in it; its transition time is kept while its status stays the same.</summary>
    public static IReadOnlyList<Condition> With(this IReadOnlyList<Condition> conditions, Condition next, DateTimeOffset now)
    {
        var previous = conditions.Find(next.Type);
        var since = previous is not null && previous.Status == next.Status ? previous.LastTransitionTime : now;
        var dated = next with { LastTransitionTime = since };
        return previous is null
            ? [.. conditions, dated]
            : [.. conditions.Select(condition => condition.Type == next.Type ? dated : condition)];
    }

    /// <summary>The list without a condition; itself when it has none of that type.</summary>
    public static IReadOnlyList<Condition> Without(this IReadOnlyList<Condition> conditions, string type) =>
        conditions.Find(type) is null ? conditions : [.. conditions.Where(condition => condition.Type != type)];
}
