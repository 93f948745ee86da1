using Federation.Api.Meta;

namespace Federation.Grains.Objects;

/// <summary>What a write comes to, before anything is written.</summary>
internal abstract record Admission
{
    private Admission()
    {
    }

    /// <summary>What the client should know although the write is taken.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    public sealed record Refused(Status Failure) : Admission;

    /// <summary>Nothing would change: nothing is written, no watcher wakes.</summary>
    public sealed record Unchanged(Resource Current) : Admission;

    public sealed record Put(Resource Next, bool Created) : Admission;

    /// <summary>The object's row goes; <paramref name="Last"/> is its last state.</summary>
    public sealed record Remove(Resource Last) : Admission;
}
