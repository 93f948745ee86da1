using System.Collections.Immutable;
using System.Text.Json;

namespace MemberCluster.Agent.Runtime.Docker;

/// <summary>Life cycle of containers; their streams are in <see cref="DockerProcesses"/>.</summary>
internal sealed class DockerContainers(DockerHttp http, DockerProcesses processes, DockerImages images, RepoDigestCache digests) : IContainers
{
    private const int FullIdLength = 64;

    public async Task<ImmutableArray<ContainerSummary>> ListAsync(ContainerFilter filter, CancellationToken cancellationToken)
    {
        var path = DockerPath.WithQuery(
            "containers/json", ("all", DockerPath.Flag(!filter.RunningOnly)), ("filters", DockerPath.Filters(("label", filter.Labels))));
        var rows = await http.GetAsync(new EngineCall("list containers"), path, DockerJson.Default.ContainerListItemWireArray, cancellationToken);
        return [.. rows.Select(ContainerReading.ToSummary)];
    }

    public async Task<Container> InspectAsync(string container, CancellationToken cancellationToken)
    {
        var wire = await http.GetAsync(new EngineCall($"inspect container {container}"), DockerPath.Container(container, "json"), DockerJson.Default.ContainerWire, cancellationToken);
        var read = ContainerReading.ToContainer(wire);
        return read with { RepoDigests = await DigestsOfAsync(read.ImageId, cancellationToken) };
    }

    /// <summary>The engine says it of images, not of containers; an image is asked once.</summary>
    private async Task<ImmutableArray<string>> DigestsOfAsync(string imageId, CancellationToken cancellationToken)
    {
        if (imageId.Length == 0)
            return [];
        if (digests.Find(imageId) is { } known)
            return known;
        var asked = digests.Begin();
        var found = (await images.FindAsync(imageId, cancellationToken))?.RepoDigests ?? [];
        digests.Keep(imageId, found, asked);
        return found;
    }

    public async Task<string> CreateAsync(ContainerSpec spec, CancellationToken cancellationToken)
    {
        _ = ImageReference.Parse(spec.Image);
        var shared = spec.Network is ContainerNetwork.SharedWith share ? await ResolveAsync(share.Container, cancellationToken) : null;
        var call = new EngineCall($"create container {spec.Name}", EngineCallKind.CreateContainer);
        var path = DockerPath.WithQuery("containers/create", ("name", spec.Name));
        var created = await http.PostAsync(call, path, ContainerWriting.ToWire(spec, shared), DockerJson.Default.ContainerCreateWire, DockerJson.Default.IdWire, cancellationToken);
        return created.Id ?? throw new RuntimeException(RuntimeFailure.EngineFault, $"Cannot {call.What}: the engine gave no id.");
    }

    public Task StartAsync(string container, CancellationToken cancellationToken) =>
        http.SendAsync(new EngineCall($"start container {container}", EngineCallKind.StartContainer), HttpMethod.Post, DockerPath.Container(container, "start"), cancellationToken);

    public Task StopAsync(string container, TimeSpan grace, CancellationToken cancellationToken)
    {
        var seconds = (long)Math.Ceiling(Math.Max(0, grace.TotalSeconds));
        var path = DockerPath.WithQuery(DockerPath.Container(container, "stop"), ("t", $"{seconds}"));
        return http.SendAsync(new EngineCall($"stop container {container}"), HttpMethod.Post, path, cancellationToken, TimeSpan.FromSeconds(seconds) + http.Options.RequestTimeout);
    }

    public Task KillAsync(string container, string signal, CancellationToken cancellationToken) =>
        http.SendAsync(
            new EngineCall($"send {signal} to container {container}"), HttpMethod.Post,
            DockerPath.WithQuery(DockerPath.Container(container, "kill"), ("signal", signal)), cancellationToken);

    public async Task PauseAsync(string container, CancellationToken cancellationToken)
    {
        try
        {
            await http.SendAsync(new EngineCall($"pause container {container}"), HttpMethod.Post, DockerPath.Container(container, "pause"), cancellationToken);
        }
        catch (RuntimeException exception) when (Says(exception, "already paused"))
        {
            // That is what was asked for.
        }
    }

    public async Task ResumeAsync(string container, CancellationToken cancellationToken)
    {
        try
        {
            await http.SendAsync(new EngineCall($"resume container {container}"), HttpMethod.Post, DockerPath.Container(container, "unpause"), cancellationToken);
        }
        catch (RuntimeException exception) when (Says(exception, "is not paused") || Says(exception, "is not running"))
        {
            // Nothing is frozen. Engines have said this with several codes.
        }
    }

    public Task RenameAsync(string container, string name, CancellationToken cancellationToken) =>
        http.SendAsync(
            new EngineCall($"rename container {container} to {name}"), HttpMethod.Post,
            DockerPath.WithQuery(DockerPath.Container(container, "rename"), ("name", name)), cancellationToken);

    public async Task<bool> RemoveAsync(string container, bool force, CancellationToken cancellationToken)
    {
        var path = DockerPath.WithQuery(DockerPath.Container(container), ("v", "1"), ("force", DockerPath.Flag(force)));
        try
        {
            await http.SendAsync(new EngineCall($"remove container {container}"), HttpMethod.Delete, path, cancellationToken);
            return true;
        }
        catch (RuntimeException exception) when (exception.Failure is RuntimeFailure.NotFound)
        {
            return false;
        }
        catch (RuntimeException exception) when (exception.Failure is RuntimeFailure.Conflict && IsAlreadyBeingRemoved(exception))
        {
            await WaitUntilRemovedAsync(container, cancellationToken);
            return true;
        }
    }

    public Task<int> WaitAsync(string container, CancellationToken cancellationToken) => WaitForAsync(container, "not-running", cancellationToken);

    public IAsyncEnumerable<OutputChunk> ReadLogsAsync(string container, LogQuery query, CancellationToken cancellationToken) =>
        processes.ReadLogsAsync(container, query, cancellationToken);

    public async Task<ContainerStats> GetStatsAsync(string container, CancellationToken cancellationToken)
    {
        var path = DockerPath.WithQuery(DockerPath.Container(container, "stats"), ("stream", "0"), ("one-shot", "1"));
        var wire = await http.GetAsync(new EngineCall($"read usage of container {container}"), path, DockerJson.Default.StatsWire, cancellationToken);
        return ContainerReading.ToStats(wire, http.Time.GetUtcNow());
    }

    public Task<ExecResult> ExecAsync(string container, ExecSpec spec, CancellationToken cancellationToken) => processes.ExecAsync(container, spec, cancellationToken);

    public Task<IAttachedStream> StartExecAsync(string container, ExecSpec spec, CancellationToken cancellationToken) =>
        processes.StartExecAsync(container, spec, cancellationToken);

    public Task<IAttachedStream> AttachAsync(string container, CancellationToken cancellationToken) => processes.AttachAsync(container, cancellationToken);

    /// <summary>Someone else's removal runs: the name is free only when that one is through.</summary>
    private async Task WaitUntilRemovedAsync(string container, CancellationToken cancellationToken)
    {
        try
        {
            await WaitForAsync(container, "removed", cancellationToken);
        }
        catch (RuntimeException exception) when (exception.Failure is RuntimeFailure.NotFound)
        {
            // It was through before the wait began.
        }
    }

    private async Task<int> WaitForAsync(string container, string condition, CancellationToken cancellationToken)
    {
        var call = new EngineCall($"wait for container {container}");
        var path = DockerPath.WithQuery(DockerPath.Container(container, "wait"), ("condition", condition));
        using var response = await http.OpenAsync(call, HttpMethod.Post, path, content: null, cancellationToken);
        try
        {
            await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
            var result = await JsonSerializer.DeserializeAsync(stream, DockerJson.Default.WaitWire, cancellationToken);
            return result?.StatusCode ?? 0;
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or JsonException)
        {
            // An engine that stops ends the answer without its body.
            throw http.Broken(call, exception);
        }
    }

    /// <summary>The engine keeps "container:name" as it is given, and names can move; ids cannot.</summary>
    private async Task<string> ResolveAsync(string container, CancellationToken cancellationToken) =>
        container.Length == FullIdLength ? container : (await InspectAsync(container, cancellationToken)).Id;

    private static bool IsAlreadyBeingRemoved(RuntimeException exception) => Says(exception, "already in progress");

    private static bool Says(RuntimeException exception, string words) => exception.EngineMessage?.Contains(words, StringComparison.OrdinalIgnoreCase) ?? false;
}
