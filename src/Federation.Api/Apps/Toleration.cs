namespace Federation.Api.Apps;

/// <summary>A taint that does not keep the pods away.</summary>
public sealed record Toleration
{
    /// <summary>The taint's key; empty with <c>Exists</c>: every taint.</summary>
    public string? Key { get; init; }

    /// <summary><c>Equal</c> or <c>Exists</c>. Defaulted to Equal.</summary>
    public string? Operator { get; init; }

    /// <summary>The taint's value, with <c>Equal</c>.</summary>
    public string? Value { get; init; }

    /// <summary><c>NoSchedule</c>; absent: every effect.</summary>
    public string? Effect { get; init; }
}
