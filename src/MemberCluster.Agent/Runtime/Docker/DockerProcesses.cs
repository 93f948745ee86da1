using System.Runtime.CompilerServices;
using MemberCluster.Agent.Runtime.Docker.Wire;

namespace MemberCluster.Agent.Runtime.Docker;

/// <summary>Streams of processes in containers: logs, exec, attach.</summary>
internal sealed class DockerProcesses(DockerHttp http)
{
    private static readonly TimeSpan ExitPollInterval = TimeSpan.FromMilliseconds(5);

    public async IAsyncEnumerable<OutputChunk> ReadLogsAsync(string container, LogQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var call = new EngineCall($"read the output of container {container}");
        var tty = await HasTerminalAsync(container, cancellationToken);
        var path = DockerPath.WithQuery(
            DockerPath.Container(container, "logs"),
            ("follow", DockerPath.Flag(query.Follow)),
            ("stdout", DockerPath.Flag(query.StandardOutput)),
            ("stderr", DockerPath.Flag(query.StandardError)),
            ("timestamps", DockerPath.Flag(query.Timestamps)),
            ("tail", query.Tail is { } lines ? $"{lines}" : "all"),
            ("since", query.Since is { } since ? DockerPath.UnixTime(since) : null),
            ("until", query.Until is { } until ? DockerPath.UnixTime(until) : null));
        using var response = await http.OpenAsync(call, HttpMethod.Get, path, content: null, cancellationToken);
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        await foreach (var chunk in ReadAsync(call, stream, tty, cancellationToken))
            yield return chunk;
    }

    public async Task<ExecResult> ExecAsync(string container, ExecSpec spec, CancellationToken cancellationToken)
    {
        var call = new EngineCall($"run a command in container {container}");
        var exec = await CreateExecAsync(call, container, spec with { AttachStdin = false, Tty = false }, cancellationToken);
        var output = new BoundedOutput(spec.MaxOutputBytes);
        using var timer = new CancellationTokenSource(spec.Timeout, http.Time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timer.Token);
        try
        {
            var start = DockerHttp.Json(new ExecStartWire(), DockerJson.Default.ExecStartWire);
            using var response = await http.OpenAsync(call, HttpMethod.Post, $"exec/{exec}/start", start, linked.Token);
            await using var stream = await response.Content.ReadAsStreamAsync(linked.Token);
            await foreach (var chunk in ReadAsync(call, stream, tty: false, linked.Token))
                output.Add(chunk);
            return output.ToResult(await WaitForExitAsync(call, exec, linked.Token));
        }
        catch (OperationCanceledException) when (timer.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return output.ToResult(exitCode: null);
        }
    }

    public async Task<IAttachedStream> StartExecAsync(string container, ExecSpec spec, CancellationToken cancellationToken)
    {
        var call = new EngineCall($"run a command in container {container}");
        var exec = await CreateExecAsync(call, container, spec, cancellationToken);
        var start = DockerHttp.Json(new ExecStartWire { Tty = spec.Tty }, DockerJson.Default.ExecStartWire);
        var connection = await http.UpgradeAsync(call, $"exec/{exec}/start", start, cancellationToken);
        return new DockerAttachedStream(
            http,
            call,
            connection,
            token => ReadAsync(call, connection.Stream, spec.Tty, token),
            $"exec/{exec}/resize",
            async token => (await InspectExecAsync(call, exec, token)) is { Running: false } ended ? ended.ExitCode : null);
    }

    public async Task<IAttachedStream> AttachAsync(string container, CancellationToken cancellationToken)
    {
        var call = new EngineCall($"attach to container {container}");
        var tty = await HasTerminalAsync(container, cancellationToken);
        var path = DockerPath.WithQuery(DockerPath.Container(container, "attach"), ("stream", "1"), ("stdin", "1"), ("stdout", "1"), ("stderr", "1"));
        var connection = await http.UpgradeAsync(call, path, content: null, cancellationToken);
        return new DockerAttachedStream(
            http,
            call,
            connection,
            token => ReadAsync(call, connection.Stream, tty, token),
            DockerPath.Container(container, "resize"),
            async token => ContainerReading.ToContainer(await InspectAsync(container, token)).ExitCode);
    }

    private async Task<string> CreateExecAsync(EngineCall call, string container, ExecSpec spec, CancellationToken cancellationToken)
    {
        var body = new ExecCreateWire
        {
            Cmd = [.. spec.Command],
            Env = [.. spec.Env.Select(pair => $"{pair.Key}={pair.Value}")],
            User = spec.User,
            WorkingDir = spec.WorkingDirectory,
            AttachStdin = spec.AttachStdin,
            Tty = spec.Tty,
        };
        var created = await http.PostAsync(call, DockerPath.Container(container, "exec"), body, DockerJson.Default.ExecCreateWire, DockerJson.Default.IdWire, cancellationToken);
        return created.Id ?? throw new RuntimeException(RuntimeFailure.EngineFault, $"Cannot {call.What}: the engine gave no id.");
    }

    private Task<ExecWire> InspectExecAsync(EngineCall call, string exec, CancellationToken cancellationToken) =>
        http.GetAsync(call, $"exec/{exec}/json", DockerJson.Default.ExecWire, cancellationToken);

    /// <summary>The output can end a moment before the engine has noted the exit, and the engine tells no one when it has.</summary>
    private async Task<int?> WaitForExitAsync(EngineCall call, string exec, CancellationToken cancellationToken)
    {
        while (true)
        {
            var state = await InspectExecAsync(call, exec, cancellationToken);
            if (!state.Running)
                return state.ExitCode;
            await Task.Delay(ExitPollInterval, http.Time, cancellationToken);
        }
    }

    private async Task<bool> HasTerminalAsync(string container, CancellationToken cancellationToken) =>
        (await InspectAsync(container, cancellationToken)).Config?.Tty ?? false;

    private Task<ContainerWire> InspectAsync(string container, CancellationToken cancellationToken) =>
        http.GetAsync(new EngineCall($"inspect container {container}"), DockerPath.Container(container, "json"), DockerJson.Default.ContainerWire, cancellationToken);

    private async IAsyncEnumerable<OutputChunk> ReadAsync(EngineCall call, Stream stream, bool tty, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var chunks = OutputReader.ReadAsync(stream, tty, call, cancellationToken).GetAsyncEnumerator(cancellationToken);
        while (true)
        {
            try
            {
                if (!await chunks.MoveNextAsync())
                    yield break;
            }
            catch (Exception exception) when (exception is HttpRequestException or IOException)
            {
                cancellationToken.ThrowIfCancellationRequested();
                throw http.Broken(call, exception);
            }

            yield return chunks.Current;
        }
    }
}
