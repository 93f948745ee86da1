namespace Orleans;

/// <summary>Why an activation ends.</summary>
/// <param name="code">The kind of reason.</param>
/// <param name="exception">The failure behind it, if any.</param>
/// <param name="text">One sentence for people.</param>
public readonly struct DeactivationReason(DeactivationReasonCode code, Exception? exception, string text)
{
    public DeactivationReason(DeactivationReasonCode code, string text)
        : this(code, exception: null, text)
    {
    }

    public DeactivationReasonCode ReasonCode { get; } = code;

    public string Description { get; } = text;

    public Exception? Exception { get; } = exception;

    public override string ToString() => Exception is null ? $"{ReasonCode}: {Description}" : $"{ReasonCode}: {Description} {Exception}";
}

/// <summary>The kinds of reason; numbers and names are those of the distributed engine, unused ones included.</summary>
public enum DeactivationReasonCode : byte
{
    None = 0,

    /// <summary>The process stops.</summary>
    ShuttingDown = 1,

    /// <summary>The constructor, a state read or OnActivateAsync threw.</summary>
    ActivationFailed = 2,

    DirectoryFailure = 3,

    /// <summary>No call came for the collection age.</summary>
    ActivationIdle = 4,

    ActivationUnresponsive = 5,
    DuplicateActivation = 6,
    IncompatibleRequest = 7,

    /// <summary>A call ended with <see cref="Storage.InconsistentStateException"/>.</summary>
    ApplicationError = 8,

    /// <summary>The grain asked for it.</summary>
    ApplicationRequested = 9,

    Migrating = 10,
    RuntimeRequested = 11,
    HighMemoryPressure = 12,
}
