using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;

namespace MemberCluster.Agent.Runtime.Docker;

/// <summary>Gives the engine's answers a meaning. Pure; the engine's words are the only thing that tells some failures apart.</summary>
internal static class EngineErrors
{
    /// <summary>For an answer with an error status.</summary>
    public static RuntimeException FromAnswer(EngineCall call, HttpStatusCode status, string engineMessage)
    {
        var failure = Classify(call.Kind, status, engineMessage);
        return new RuntimeException(failure, $"Cannot {call.What}: {engineMessage}")
        {
            EngineMessage = engineMessage,
            PullReason = failure is RuntimeFailure.PullFailed ? ClassifyPull(engineMessage) : null,
        };
    }

    /// <summary>For an error in the middle of a progress stream, where there is no status any more.</summary>
    public static RuntimeException FromStream(EngineCall call, string engineMessage) =>
        FromAnswer(call, HttpStatusCode.InternalServerError, engineMessage);

    /// <summary>For a connection that could not be made or broke.</summary>
    public static RuntimeException FromTransport(EngineCall call, DockerEndpoint endpoint, Exception exception)
    {
        var cause = Causes(exception).ToList();
        var denied = cause.OfType<SocketException>().Any(socket => socket.SocketErrorCode is SocketError.AccessDenied);
        if (denied || cause.Any(error => error is AuthenticationException or UnauthorizedAccessException))
            return new RuntimeException(RuntimeFailure.PermissionDenied, $"Cannot {call.What}: no permission to use the container engine at {endpoint}: {cause[^1].Message}", exception);
        // A missing unix socket is reported with the words for network addresses.
        var isMissing = endpoint is DockerEndpoint.Unix && cause.OfType<SocketException>().Any(socket => socket.SocketErrorCode is SocketError.AddressNotAvailable);
        var words = isMissing ? "there is no such socket" : cause[^1].Message;
        return new RuntimeException(RuntimeFailure.EngineUnavailable, $"Cannot {call.What}: no container engine answers at {endpoint}: {words}", exception);
    }

    public static RuntimeFailure Classify(EngineCallKind kind, HttpStatusCode status, string message) => status switch
    {
        _ when Says(message, "no space left on device") || Says(message, "disk quota exceeded") => RuntimeFailure.DiskFull,
        _ when Says(message, "invalid reference format") => RuntimeFailure.InvalidImageName,
        _ when kind is EngineCallKind.Pull => ClassifyPullFailure(message),
        HttpStatusCode.NotFound when kind is EngineCallKind.Image || Says(message, "no such image") => RuntimeFailure.ImageNotFound,
        HttpStatusCode.NotFound => RuntimeFailure.NotFound,
        HttpStatusCode.Conflict => RuntimeFailure.Conflict,
        HttpStatusCode.BadRequest when kind is EngineCallKind.StartContainer => RuntimeFailure.StartFailed,
        HttpStatusCode.BadRequest => RuntimeFailure.InvalidRequest,
        HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden when !Says(message, "endpoint") => RuntimeFailure.PermissionDenied,
        // 403 also means "network has active endpoints": it is in use.
        HttpStatusCode.Forbidden => RuntimeFailure.Conflict,
        _ when kind is EngineCallKind.StartContainer && IsRuntimeRefusal(message) => RuntimeFailure.StartFailed,
        HttpStatusCode.ServiceUnavailable => RuntimeFailure.EngineUnavailable,
        _ => RuntimeFailure.EngineFault,
    };

    private static RuntimeFailure ClassifyPullFailure(string message) =>
        IsAuthorization(message) ? RuntimeFailure.PullFailed
        : Says(message, "manifest unknown") || Says(message, "name unknown") || Says(message, "not found") ? RuntimeFailure.ImageNotFound
        : RuntimeFailure.PullFailed;

    public static PullFailureReason ClassifyPull(string message) =>
        IsAuthorization(message) ? PullFailureReason.Unauthorized
        : Says(message, "toomanyrequests") || Says(message, "too many requests") ? PullFailureReason.RateLimited
        : Unreachable.Any(words => Says(message, words)) ? PullFailureReason.Unreachable
        : PullFailureReason.Unknown;

    // A registry says "denied" both for what is not there and for what needs credentials; the words about credentials are the useful ones.
    private static bool IsAuthorization(string message) =>
        Says(message, "unauthorized") || Says(message, "no basic auth credentials") || Says(message, "denied") || Says(message, "authentication required")
        || Says(message, "incorrect username or password");

    private static readonly string[] Unreachable =
    [
        "connection refused", "no such host", "i/o timeout", "no route to host", "network is unreachable", "context deadline exceeded",
        "request canceled while waiting", "tls:", "x509:", "server misbehaving", "connection reset", "EOF", "gave HTTP response to HTTPS client",
    ];

    // The low-level runtime refuses what the container asks for: command, user, mount, working directory.
    private static bool IsRuntimeRefusal(string message) =>
        Says(message, "OCI runtime") || Says(message, "failed to create shim") || Says(message, "failed to create task") || Says(message, "unable to find user")
        || Says(message, "error while creating mount source path") || Says(message, "error while mounting volume");

    private static bool Says(string message, string words) => message.Contains(words, StringComparison.OrdinalIgnoreCase);

    private static IEnumerable<Exception> Causes(Exception exception)
    {
        for (var current = exception; current is not null; current = current.InnerException)
            yield return current;
    }
}
