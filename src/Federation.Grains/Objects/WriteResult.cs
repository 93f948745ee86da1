using Federation.Api.Meta;

namespace Federation.Grains.Objects;

/// <summary>What became of a write. A failure is a value: its <see cref="Status"/> has the code, the reason and every wrong field.</summary>
[GenerateSerializer]
[Immutable]
[Alias("federation.WriteResult")]
public sealed record WriteResult
{
    /// <summary>The object after the write, with its resourceVersion; deleted: its last state; null on failure.</summary>
    [Id(0)]
    public Resource? Object { get; init; }

    [Id(1)]
    public Status? Failure { get; init; }

    /// <summary>The store's revision of the write: what a read after it must have reached. Zero when nothing was written.</summary>
    [Id(2)]
    public long Revision { get; init; }

    [Id(3)]
    public bool Created { get; init; }

    [Id(4)]
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>The object is gone from the store (a delete that no finalizer holds up, or the last finalizer's removal).</summary>
    [Id(5)]
    public bool Removed { get; init; }

    public static WriteResult Refused(Status failure) => new() { Failure = failure };
}
