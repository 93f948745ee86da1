namespace MemberCluster.Agent.Runtime;

/// <summary>Why an operation failed, as far as the caller acts differently.</summary>
public enum RuntimeFailure
{
    /// <summary>No such container, network or volume.</summary>
    NotFound,

    /// <summary>A name is taken, or the state does not allow it (remove while running, kill while stopped).</summary>
    Conflict,

    /// <summary>The engine refuses the request as it is written; trying again does not help.</summary>
    InvalidRequest,

    /// <summary>Not an image reference at all.</summary>
    InvalidImageName,

    /// <summary>The image is not on this machine (create), or not in its registry (pull).</summary>
    ImageNotFound,

    /// <summary>The registry did not give the image; see <see cref="RuntimeException.PullReason"/>.</summary>
    PullFailed,

    /// <summary>The container's command cannot be run: no such file, no permission, a bad mount.</summary>
    StartFailed,

    /// <summary>The engine's disk is full.</summary>
    DiskFull,

    /// <summary>This process may not talk to the engine.</summary>
    PermissionDenied,

    /// <summary>No engine answers: it is stopped, starting, or the connection broke.</summary>
    EngineUnavailable,

    /// <summary>The engine did not answer in time; the operation may still happen.</summary>
    Timeout,

    /// <summary>What is asked for is not allowed on this machine; the engine was not asked.</summary>
    NotAllowed,

    /// <summary>Not the engine's doing: something the pod needs is not there yet; see <see cref="RuntimeException.Reason"/>.</summary>
    Waiting,

    /// <summary>Anything else the engine says went wrong.</summary>
    EngineFault,
}

/// <summary>Why a pull failed.</summary>
public enum PullFailureReason
{
    Unknown,

    /// <summary>Credentials are missing, wrong, or do not allow it.</summary>
    Unauthorized,

    /// <summary>No connection to the registry: name, network, TLS.</summary>
    Unreachable,

    /// <summary>The registry asks to come back later.</summary>
    RateLimited,
}

/// <summary>An operation on the container engine failed. The message names the operation and keeps the engine's own words.</summary>
public sealed class RuntimeException : Exception
{
    public RuntimeException(RuntimeFailure failure, string message, Exception? innerException = null)
        : base(message, innerException) => Failure = failure;

    public RuntimeFailure Failure { get; }

    /// <summary>Only with <see cref="RuntimeFailure.PullFailed"/>.</summary>
    public PullFailureReason? PullReason { get; init; }

    /// <summary>What a status says instead of what follows from <see cref="Failure"/>; null: that.</summary>
    public string? Reason { get; init; }

    /// <summary>The engine's own words, without what we put around them; null when it said nothing.</summary>
    public string? EngineMessage { get; init; }

    /// <summary>Trying the same again later may work.</summary>
    public bool IsTransient => Failure is RuntimeFailure.EngineUnavailable or RuntimeFailure.Timeout or RuntimeFailure.DiskFull
        or RuntimeFailure.EngineFault or RuntimeFailure.PullFailed;
}
