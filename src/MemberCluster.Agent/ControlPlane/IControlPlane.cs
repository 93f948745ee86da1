using Federation.Api.Agents;
using Federation.Api.Streams;

namespace MemberCluster.Agent.ControlPlane;

/// <summary>What the agent needs of the control plane. Every connection is the agent's own; it listens to nobody.</summary>
/// <remarks>Every member throws <see cref="ControlPlaneException"/>, and <see cref="OperationCanceledException"/> only for the caller's own token.</remarks>
internal interface IControlPlane
{
    /// <summary>Registers the cluster with a one-time token; from then on the answer's credential is used.</summary>
    Task<JoinAnswer> JoinAsync(string joinToken, JoinRequest request, CancellationToken cancellationToken);

    /// <summary>Uses the credential of an earlier join.</summary>
    void UseCredential(string credential);

    /// <summary>The works from a revision of a store on; revision 0 or another store: from a snapshot. Ends when the connection does.</summary>
    IAsyncEnumerable<WorkEvent> WatchWorksAsync(long since, string? store, CancellationToken cancellationToken);

    Task<ReportAnswer> ReportAsync(Report report, CancellationToken cancellationToken);

    /// <summary>Requests for streams (logs, commands, ports) as they come. Ends when the connection does.</summary>
    IAsyncEnumerable<StreamRequest> WatchStreamsAsync(CancellationToken cancellationToken);

    /// <summary>Answers one request: a stream over a connection of its own. The caller disposes it.</summary>
    Task<StreamTunnel> OpenStreamAsync(string id, CancellationToken cancellationToken);

    /// <summary>Answers one request with a refusal.</summary>
    /// <param name="id">Of the request.</param>
    /// <param name="code">The HTTP status that the asker gets.</param>
    /// <param name="message">A sentence for the asker.</param>
    /// <param name="cancellationToken">The caller's.</param>
    Task RefuseStreamAsync(string id, int code, string message, CancellationToken cancellationToken);

    /// <summary>A volume of a pet that comes here, as it is where the pet was: see <see cref="StreamKind.Volume"/>. A connection that breaks is an <see cref="IOException"/> of the stream.</summary>
    Task<Stream> OpenVolumeAsync(VolumeQuery query, CancellationToken cancellationToken);

    /// <summary>A volume of what was taken for a PetSnapshot, as the machine has it that took it. As <see cref="OpenVolumeAsync"/>.</summary>
    Task<Stream> OpenSnapshotAsync(SnapshotQuery query, CancellationToken cancellationToken);
}

internal enum ControlPlaneFailure
{
    /// <summary>No answer, a broken connection, or a server error: the same again may work soon.</summary>
    Unreachable,

    /// <summary>The token or credential is not accepted.</summary>
    Unauthorized,

    /// <summary>The request is refused for what it says.</summary>
    Refused,
}

internal sealed class ControlPlaneException(ControlPlaneFailure failure, string message, Exception? innerException = null)
    : Exception(message, innerException)
{
    public ControlPlaneFailure Failure => failure;
}
