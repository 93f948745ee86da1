using Federation.Api.Agents;

namespace Federation.Domain.Works;

/// <summary>What one cluster's stream of works says about one placed object.</summary>
public abstract record WorkRendering
{
    private WorkRendering()
    {
    }

    /// <summary>Run this.</summary>
    public sealed record Run(Work Work) : WorkRendering;

    /// <summary>Remove this.</summary>
    public sealed record Remove(Tombstone Tombstone) : WorkRendering;

    /// <summary>Nothing is said; what runs there goes on running.</summary>
    public sealed record Silent : WorkRendering
    {
        public static Silent Instance { get; } = new();
    }
}
