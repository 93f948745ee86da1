using System.Text;

namespace Federation.Client;

/// <summary>Which objects a list or a watch is about.</summary>
public sealed record ListQuery
{
    /// <summary>All objects of the kind, in every namespace.</summary>
    public static ListQuery All { get; } = new();

    /// <summary>Null: every namespace.</summary>
    public string? Namespace { get; init; }

    /// <summary>As kubectl's <c>-l</c>: <c>tier=prod,app in (web,api),!canary</c>.</summary>
    public string? LabelSelector { get; init; }

    /// <summary><c>metadata.name=web</c>, and <c>involvedObject.*</c> for events.</summary>
    public string? FieldSelector { get; init; }

    /// <summary>How many objects one answer may have; a list is put together from as many answers as it takes.</summary>
    public int PageSize { get; init; } = 500;

    internal string ToQueryString(params ReadOnlySpan<(string Name, string? Value)> more)
    {
        var query = new StringBuilder();
        Append(query, "labelSelector", LabelSelector);
        Append(query, "fieldSelector", FieldSelector);
        foreach (var (name, value) in more)
            Append(query, name, value);
        return query.ToString();
    }

    private static void Append(StringBuilder query, string name, string? value)
    {
        if (value is not null)
            query.Append(query.Length == 0 ? '?' : '&').Append(name).Append('=').Append(Uri.EscapeDataString(value));
    }
}

/// <summary>Every object that matched, as it was at one moment.</summary>
/// <param name="ResourceVersion">Watch from here to miss nothing and see nothing twice.</param>
public sealed record ResourceList<T>(IReadOnlyList<T> Items, string ResourceVersion);

public sealed record DeleteOptions
{
    /// <summary>Set: only the object with this uid is deleted; another one of that name is a 409.</summary>
    public string? Uid { get; init; }

    /// <summary>Set: only if the object is still at this resourceVersion.</summary>
    public string? ResourceVersion { get; init; }

    public bool DryRun { get; init; }
}

/// <summary>What to read of a pod's log.</summary>
public sealed record LogQuery
{
    /// <summary>Needed where the pod has more than one container.</summary>
    public string? Container { get; init; }
    public bool Follow { get; init; }

    /// <summary>The log of the container that ran before the present one.</summary>
    public bool Previous { get; init; }
    public int? TailLines { get; init; }
    public int? SinceSeconds { get; init; }
    public bool Timestamps { get; init; }
}
