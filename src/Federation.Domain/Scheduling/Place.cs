namespace Federation.Domain.Scheduling;

/// <summary>Where pods can run: a cluster of the federation, or a node of a cluster. What filters, scores and assignment need of either.</summary>
public abstract record Place
{
    public required string Name { get; init; }

    /// <summary>Equal choices go round the regions, and in each round the zones' emptiest first. A node's is its zone.</summary>
    public required string Region { get; init; }
    public string? Zone { get; init; }
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>Nothing new is placed here; what runs stays.</summary>
    public bool Unschedulable { get; init; }

    /// <summary>Since when it is not Ready; null while it is.</summary>
    public DateTimeOffset? NotReadySince { get; init; }

    /// <summary>Capacity less what <em>others</em> take: what is being placed is not subtracted.</summary>
    public required ResourceAmounts Free { get; init; }

    public abstract bool IsReady { get; }
}
