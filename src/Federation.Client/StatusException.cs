using Federation.Api.Meta;

namespace Federation.Client;

/// <summary>The gateway refused; <see cref="Status"/> says why, with every wrong field.</summary>
public sealed class StatusException(Status status) : Exception(status?.Message ?? "The gateway refused without saying why.")
{
    public Status Status { get; } = status!;

    /// <summary>The HTTP status code.</summary>
    public int Code => Status.Code;

    /// <summary>One of <see cref="StatusReasons"/>.</summary>
    public string? Reason => Status.Reason;

    public bool IsNotFound => Code == 404;

    public bool IsConflict => Code == 409;

    /// <summary>The revision asked for is no longer known: list again.</summary>
    public bool IsExpired => Code == 410;
}

/// <summary>The gateway gave no (complete) answer: not reachable, not trusted, too slow, or the connection broke. A write may or may not have been made.</summary>
public sealed class GatewayUnavailableException(string message, Exception? innerException = null) : Exception(message, innerException);
