using System.Collections.Immutable;

namespace MemberCluster.Agent.Runtime;

/// <summary>Containers of one engine.</summary>
public interface IContainers
{
    /// <summary>One call to the engine; started/finished/exit code need <see cref="InspectAsync"/> or <see cref="ContainersExtensions.ReadAllAsync"/>.</summary>
    Task<ImmutableArray<ContainerSummary>> ListAsync(ContainerFilter filter, CancellationToken cancellationToken);

    /// <summary>Throws <see cref="RuntimeFailure.NotFound"/> when there is no such container.</summary>
    Task<Container> InspectAsync(string container, CancellationToken cancellationToken);

    /// <summary>Creates without starting; returns the container's id.</summary>
    /// <exception cref="RuntimeException">
    /// <see cref="RuntimeFailure.Conflict"/> (name taken), <see cref="RuntimeFailure.ImageNotFound"/> (not on this machine; nothing is pulled),
    /// <see cref="RuntimeFailure.NotFound"/> (network or shared container), <see cref="RuntimeFailure.InvalidRequest"/>.
    /// </exception>
    Task<string> CreateAsync(ContainerSpec spec, CancellationToken cancellationToken);

    /// <summary>Starts; nothing happens when it runs already.</summary>
    /// <exception cref="RuntimeException"><see cref="RuntimeFailure.StartFailed"/> when the command cannot be run; the container then stays, not running.</exception>
    Task StartAsync(string container, CancellationToken cancellationToken);

    /// <summary>Sends the stop signal, then SIGKILL after <paramref name="grace"/> (whole seconds, rounded up); returns when it has stopped. Nothing happens when it is not running.</summary>
    Task StopAsync(string container, TimeSpan grace, CancellationToken cancellationToken);

    /// <summary>Sends a signal, by name ("SIGKILL") or number. <see cref="RuntimeFailure.Conflict"/> when it is not running.</summary>
    Task KillAsync(string container, string signal, CancellationToken cancellationToken);

    /// <summary>Freezes all of its processes where they are; nothing happens when they are frozen. Ending it ends it all the same.</summary>
    /// <exception cref="RuntimeException"><see cref="RuntimeFailure.Conflict"/> when it is not running, <see cref="RuntimeFailure.NotFound"/>.</exception>
    Task PauseAsync(string container, CancellationToken cancellationToken);

    /// <summary>Lets frozen processes go on; nothing happens when they are not frozen, or there are none.</summary>
    /// <exception cref="RuntimeException"><see cref="RuntimeFailure.NotFound"/>.</exception>
    Task ResumeAsync(string container, CancellationToken cancellationToken);

    /// <summary>Gives it another name, whether it runs or not.</summary>
    /// <exception cref="RuntimeException"><see cref="RuntimeFailure.Conflict"/> (name taken), <see cref="RuntimeFailure.NotFound"/>.</exception>
    Task RenameAsync(string container, string name, CancellationToken cancellationToken);

    /// <summary>Removes with its anonymous volumes; with <paramref name="force"/> kills it first. False when there was no such container.</summary>
    Task<bool> RemoveAsync(string container, bool force, CancellationToken cancellationToken);

    /// <summary>Waits until it is not running and returns the exit code; at once when it is not running now.</summary>
    Task<int> WaitAsync(string container, CancellationToken cancellationToken);

    /// <summary>Output of the container; ends when the output ends, or with <see cref="LogQuery.Follow"/> when the container stops.</summary>
    IAsyncEnumerable<OutputChunk> ReadLogsAsync(string container, LogQuery query, CancellationToken cancellationToken);

    /// <summary>Usage now; zeros when it is not running.</summary>
    Task<ContainerStats> GetStatsAsync(string container, CancellationToken cancellationToken);

    /// <summary>Runs a command in a running container and gathers its output. A timeout is a value (<see cref="ExecResult.TimedOut"/>), not an exception.</summary>
    /// <exception cref="RuntimeException"><see cref="RuntimeFailure.Conflict"/> when the container is not running.</exception>
    Task<ExecResult> ExecAsync(string container, ExecSpec spec, CancellationToken cancellationToken);

    /// <summary>Runs a command with its streams attached, for interactive use.</summary>
    Task<IAttachedStream> StartExecAsync(string container, ExecSpec spec, CancellationToken cancellationToken);

    /// <summary>Attaches to the main process of a container (stdin only if it was created with <see cref="ContainerSpec.OpenStdin"/>).</summary>
    Task<IAttachedStream> AttachAsync(string container, CancellationToken cancellationToken);
}
