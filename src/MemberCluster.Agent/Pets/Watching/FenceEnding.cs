using System.Collections.Concurrent;
using System.Globalization;
using Federation.Api;
using MemberCluster.Agent.Leases;
using MemberCluster.Agent.Runtime;
using MemberCluster.Agent.Runtime.Docker;

namespace MemberCluster.Agent.Pets.Watching;

/// <summary>Ends all fenced pets: the listed ones at once by their processes, and whatever the engine says there is beside them.</summary>
/// <remarks>
/// The engine is asked beside that, and may take for ever. What it only made and did not start yet is removed: a start that is under way, or of an agent that was held
/// in the middle of one, then finds nothing to start.
/// </remarks>
internal sealed class FenceEnding(FenceFiles files, BootTime clock) : IDisposable
{
    private readonly ConcurrentDictionary<string, byte> _found = new();
    private readonly ConcurrentDictionary<string, byte> _told = new();
    private readonly CancellationTokenSource _stop = new();
    private Task<bool>? _asking;
    private volatile bool _isEngineQuiet;

    /// <returns>True: nothing lives, and the engine has said so.</returns>
    public bool EndAll(FenceRecord record)
    {
        var names = record.Pets.ToDictionary(pet => pet.Id, pet => pet.Pod);
        foreach (var pet in record.Pets.Where(pet => pet.Pid > 0 && pet.Started > 0))
        {
            if (ProcessTable.TryKill(pet.Pid, pid => ProcessTable.IsAlive(pid, pet.Started)))
                Tell(pet.Id, pet.Pod);
        }

        var listed = record.Pets.Select(pet => pet.Id).Concat(_found.Keys).ToHashSet();
        var living = ProcessTable.KillAllOf(listed, (container, _) => Tell(container, names.GetValueOrDefault(container, "")));
        if (_asking is null or { IsCompleted: true })
        {
            _isEngineQuiet = _asking is { IsCompletedSuccessfully: true, Result: true };
            _asking = Task.Run(() => AskAsync(record));
        }

        return living == 0 && _isEngineQuiet;
    }

    /// <summary>The deadline was moved.</summary>
    public void Reset()
    {
        _found.Clear();
        _told.Clear();
        _isEngineQuiet = false;
        _asking = null;
    }

    public void Dispose()
    {
        _stop.Cancel();
        _stop.Dispose();
    }

    /// <returns>True: the engine has none that runs or could be started.</returns>
    private async Task<bool> AskAsync(FenceRecord record)
    {
        try
        {
            var endpoint = DockerEndpoint.Parse(record.Engine);
            if (!await IsThereAsync(endpoint))
                return true;
            await using var engine = new DockerRuntime(
                new DockerOptions { Endpoint = endpoint, RequestTimeout = TimeSpan.FromSeconds(10), PingTimeout = TimeSpan.FromSeconds(5) }, TimeProvider.System);
            var fenced = await engine.Containers.ListAsync(ContainerFilter.ByLabels(record.Label, PodLabels.Fenced), _stop.Token);
            var isQuiet = true;
            foreach (var container in fenced.Where(container => !record.Exempt.Contains(container.Id) && container.State is not (ContainerState.Exited or ContainerState.Dead)))
            {
                // Whoever was given a permission meanwhile may have started it.
                if (files.Read() is { } newest && newest.Deadline > clock.GetTimestamp())
                    return false;
                isQuiet = false;
                _found[container.Id] = 0;
                if (container.State == ContainerState.Created)
                    await engine.Containers.RemoveAsync(container.Id, force: false, _stop.Token);
                else if (await TryKillAsync(engine, container.Id))
                    Tell(container.Id, container.Labels.GetValueOrDefault(PodLabels.Pod, container.Name));
            }

            return isQuiet;
        }
        catch (Exception exception) when (exception is RuntimeException or OperationCanceledException or FormatException)
        {
            // A hung or dead engine: the next look asks again.
            return false;
        }
    }

    /// <summary>One that is not there starts nothing; one that hangs may, as soon as it goes on.</summary>
    private async Task<bool> IsThereAsync(DockerEndpoint endpoint)
    {
        try
        {
            var connection = await endpoint.ConnectAsync(_stop.Token);
            await connection.Stream.DisposeAsync();
            return true;
        }
        catch (Exception exception) when (exception is System.Net.Sockets.SocketException or IOException)
        {
            return false;
        }
    }

    private async Task<bool> TryKillAsync(DockerRuntime engine, string container)
    {
        try
        {
            await engine.Containers.KillAsync(container, "SIGKILL", _stop.Token);
            return true;
        }
        catch (RuntimeException exception) when (exception.Failure is RuntimeFailure.Conflict or RuntimeFailure.NotFound)
        {
            return false;
        }
    }

    private void Tell(string container, string pod)
    {
        if (!_told.TryAdd(container, 0))
            return;
        var name = pod.Length > 0 ? pod : container[..Math.Min(12, container.Length)];
        files.AddNews(string.Create(CultureInfo.InvariantCulture, $"Ended pet {name}: its agent had not stopped it when the permission to run it was over"));
    }
}
