using System.Collections.Immutable;
using System.Runtime.CompilerServices;

namespace MemberCluster.Agent.Runtime.Fake;

internal sealed class FakeContainers(FakeEngine engine) : IContainers
{
    public async Task<ImmutableArray<ContainerSummary>> ListAsync(ContainerFilter filter, CancellationToken cancellationToken)
    {
        await engine.BeforeAsync(FakeOperation.ListContainers, "all", cancellationToken);
        var rows = engine.Store.All()
            .Where(container => LabelMatching.Matches(filter.Labels, container.Spec.Labels) && (container.IsRunning || !filter.RunningOnly))
            .Select(container => ToSummary(container.Read()));
        return [.. rows];
    }

    public async Task<Container> InspectAsync(string container, CancellationToken cancellationToken)
    {
        await engine.BeforeAsync(FakeOperation.InspectContainer, container, cancellationToken);
        var read = engine.Store.Get(container).Read();
        return read with { RepoDigests = engine.FindImage(read.ImageId)?.RepoDigest is { } digest ? [digest] : [] };
    }

    public async Task<string> CreateAsync(ContainerSpec spec, CancellationToken cancellationToken)
    {
        _ = ImageReference.Parse(spec.Image);
        await engine.BeforeAsync(FakeOperation.CreateContainer, spec.Name, cancellationToken);
        var image = engine.FindImage(spec.Image)
            ?? throw FakeFaults.Failed(FakeOperation.CreateContainer, spec.Name, RuntimeFailure.ImageNotFound, $"No such image: {spec.Image}");
        var shared = spec.Network is ContainerNetwork.SharedWith share ? engine.Store.Get(share.Container).Id : null;
        foreach (var volume in spec.Mounts.OfType<ContainerMount.Volume>())
            engine.Resources.EnsureVolume(volume.Name, ImmutableDictionary<string, string>.Empty);
        return engine.Store.Add(spec, image.Id, shared).Id;
    }

    public async Task StartAsync(string container, CancellationToken cancellationToken)
    {
        await engine.BeforeAsync(FakeOperation.StartContainer, container, cancellationToken);
        var found = engine.Store.Get(container);
        if (found.Spec.Network is ContainerNetwork.Named named && engine.Resources.FindNetwork(named.Name) is null)
            throw FakeFaults.Failed(FakeOperation.StartContainer, container, RuntimeFailure.NotFound, $"network {named.Name} not found");
        if (found.SharesNetworkOf is { } other && !(engine.Store.Find(other)?.IsRunning ?? false))
            throw FakeFaults.Failed(FakeOperation.StartContainer, container, RuntimeFailure.Conflict, "cannot join network of a non running container");
        var program = engine.ProgramFor?.Invoke(found.Spec, found.StartsSoFar) ?? engine.FindImage(found.ImageId)?.Program ?? FakeProgram.Forever;
        found.Start(program);
    }

    public async Task StopAsync(string container, TimeSpan grace, CancellationToken cancellationToken)
    {
        await engine.BeforeAsync(FakeOperation.StopContainer, container, cancellationToken);
        var found = engine.Store.Get(container);
        if (!found.IsRunning)
            return;
        found.Signal(found.Spec.StopSignal ?? "SIGTERM");
        if (grace > TimeSpan.Zero && !found.Ended.IsCompleted)
            await WaitAtMostAsync(found.Ended, grace, cancellationToken);
        found.Signal("SIGKILL");
    }

    public async Task KillAsync(string container, string signal, CancellationToken cancellationToken)
    {
        await engine.BeforeAsync(FakeOperation.KillContainer, container, cancellationToken);
        Running(FakeOperation.KillContainer, container).Signal(signal);
    }

    public async Task PauseAsync(string container, CancellationToken cancellationToken)
    {
        await engine.BeforeAsync(FakeOperation.PauseContainer, container, cancellationToken);
        Running(FakeOperation.PauseContainer, container).SetPaused(true);
    }

    public async Task ResumeAsync(string container, CancellationToken cancellationToken)
    {
        await engine.BeforeAsync(FakeOperation.ResumeContainer, container, cancellationToken);
        engine.Store.Get(container).SetPaused(false);
    }

    public async Task RenameAsync(string container, string name, CancellationToken cancellationToken)
    {
        await engine.BeforeAsync(FakeOperation.RenameContainer, container, cancellationToken);
        engine.Store.Rename(engine.Store.Get(container), name);
    }

    public async Task<bool> RemoveAsync(string container, bool force, CancellationToken cancellationToken)
    {
        await engine.BeforeAsync(FakeOperation.RemoveContainer, container, cancellationToken);
        if (engine.Store.Find(container) is not { } found)
            return false;
        if (found.IsRunning && !force)
            throw FakeFaults.Failed(FakeOperation.RemoveContainer, container, RuntimeFailure.Conflict, "the container is running");
        found.Signal("SIGKILL");
        engine.Store.Remove(found);
        return true;
    }

    public async Task<int> WaitAsync(string container, CancellationToken cancellationToken)
    {
        await engine.BeforeAsync(FakeOperation.WaitContainer, container, cancellationToken);
        var found = engine.Store.Get(container);
        await found.Ended.WaitAsync(cancellationToken);
        return found.Read().ExitCode ?? 0;
    }

    public async IAsyncEnumerable<OutputChunk> ReadLogsAsync(string container, LogQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await engine.BeforeAsync(FakeOperation.ReadLogs, container, cancellationToken);
        var found = engine.Store.Get(container);
        await foreach (var chunk in found.Output.ReadAsync(query, found.IsRunning, cancellationToken))
            yield return chunk;
    }

    public async Task<ContainerStats> GetStatsAsync(string container, CancellationToken cancellationToken)
    {
        await engine.BeforeAsync(FakeOperation.GetStats, container, cancellationToken);
        var found = engine.Store.Get(container);
        var limit = found.Spec.Resources.MemoryLimitBytes ?? engine.Options.MemoryBytes;
        var used = found.IsRunning ? found.Program.MemoryBytes : 0;
        return new ContainerStats
        {
            At = engine.Time.GetUtcNow(),
            CpuTime = found.Uptime * found.Program.CpuLoad,
            MemoryBytes = used,
            MemoryWorkingSetBytes = used,
            MemoryLimitBytes = found.IsRunning ? limit : 0,
            NetworkReceivedBytes = 0,
            NetworkSentBytes = 0,
            Processes = found.IsRunning ? 1 : 0,
        };
    }

    public async Task<ExecResult> ExecAsync(string container, ExecSpec spec, CancellationToken cancellationToken)
    {
        await engine.BeforeAsync(FakeOperation.Exec, container, cancellationToken);
        var found = Awake(container);
        return await FakeExec.RunAsync(found, spec, engine.Time, cancellationToken);
    }

    public async Task<IAttachedStream> StartExecAsync(string container, ExecSpec spec, CancellationToken cancellationToken)
    {
        await engine.BeforeAsync(FakeOperation.Exec, container, cancellationToken);
        return FakeAttachedStream.ToExec(Awake(container), spec);
    }

    public async Task<IAttachedStream> AttachAsync(string container, CancellationToken cancellationToken)
    {
        await engine.BeforeAsync(FakeOperation.Exec, container, cancellationToken);
        return FakeAttachedStream.ToContainer(Running(FakeOperation.Exec, container));
    }

    private async Task WaitAtMostAsync(Task task, TimeSpan limit, CancellationToken cancellationToken)
    {
        try
        {
            await task.WaitAsync(limit, engine.Time, cancellationToken);
        }
        catch (TimeoutException)
        {
            // The limit is an answer, not a failure.
        }
    }

    private FakeContainer Running(FakeOperation operation, string container)
    {
        var found = engine.Store.Get(container);
        return found.IsRunning ? found : throw FakeFaults.Failed(operation, container, RuntimeFailure.Conflict, "the container is not running");
    }

    /// <summary>For a command in it: an engine starts none in what is frozen.</summary>
    private FakeContainer Awake(string container)
    {
        var found = Running(FakeOperation.Exec, container);
        return found.IsPaused ? throw FakeFaults.Failed(FakeOperation.Exec, container, RuntimeFailure.Conflict, "the container is paused") : found;
    }

    private static ContainerSummary ToSummary(Container container) => new()
    {
        Id = container.Id,
        Name = container.Name,
        Image = container.Image,
        ImageId = container.ImageId,
        Labels = container.Labels,
        State = container.State,
        CreatedAt = container.CreatedAt,
        IpAddress = container.IpAddress,
    };
}
