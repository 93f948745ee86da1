using System.Collections.Immutable;

namespace MemberCluster.Agent.Runtime.Fake;

/// <summary>What a fake container does when it is started. Data, not code, so that a million of them cost little and time alone moves them.</summary>
public sealed record FakeProgram
{
    /// <summary>Runs until it is stopped; ends at once on the stop signal.</summary>
    public static FakeProgram Forever { get; } = new();

    /// <summary>Ends by itself this long after its start; null is never.</summary>
    public TimeSpan? ExitsAfter { get; init; }

    /// <summary>With which it ends by itself.</summary>
    public int ExitCode { get; init; }

    /// <summary>Its own end is the kernel's doing, for lack of memory (exit code 137).</summary>
    public bool OutOfMemory { get; init; }

    /// <summary>How long it takes to end after the stop signal; null ignores the signal, so only SIGKILL ends it.</summary>
    public TimeSpan? StopsAfter { get; init; } = TimeSpan.Zero;

    /// <summary>With which it ends after the stop signal. Default: 143, as by SIGTERM.</summary>
    public int StopExitCode { get; init; } = 143;

    /// <summary>Printed at each start.</summary>
    public ImmutableArray<FakeOutput> Output { get; init; } = [];

    /// <summary>Printed when the stop signal ends it.</summary>
    public ImmutableArray<FakeOutput> StopOutput { get; init; } = [];

    /// <summary>The engine's words when it cannot be started; null when it can.</summary>
    public string? StartError { get; init; }

    /// <summary>Cores it keeps busy.</summary>
    public double CpuLoad { get; init; } = 0.01;

    public long MemoryBytes { get; init; } = 4 << 20;

    /// <summary>Commands run in it. Default: exit code 0 without output.</summary>
    public FakeExecHandler Exec { get; init; } = static (_, _) => Task.FromResult(0);

    /// <summary>
    /// Opens real listeners on the container's own loopback address while it runs, so that probes and proxies find something;
    /// what it returns is disposed at the container's end. Null listens nowhere.
    /// </summary>
    public Func<Container, IAsyncDisposable>? Listen { get; init; }

    /// <summary>What its process does, instead of the data above: code, for tests of what goes on inside a container. Returns the exit code.</summary>
    public Func<FakeProcess, CancellationToken, Task<int>>? Main { get; init; }

    /// <summary>Ends with this code right after this long: with a restarting agent, a crash loop.</summary>
    public static FakeProgram ExitsWith(int code, TimeSpan after) => new() { ExitCode = code, ExitsAfter = after };
}

/// <summary>Some output.</summary>
public sealed record FakeOutput(OutputStream Stream, string Text);

/// <summary>Runs one command in a fake container and returns its exit code.</summary>
public delegate Task<int> FakeExecHandler(FakeExecSession session, CancellationToken cancellationToken);

/// <summary>The main process of a fake container, for code that plays it. Its token is cancelled by the kill.</summary>
public sealed class FakeProcess(Container container, ContainerSpec spec, Action<OutputStream, string> write, Action<int> outOfMemory)
{
    private readonly TaskCompletionSource _stop = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Container Container => container;

    public ContainerSpec Spec => spec;

    /// <summary>Completes with the stop signal.</summary>
    public Task StopRequested => _stop.Task;

    public void Write(OutputStream stream, string text) => write(stream, text);

    /// <summary>The kernel ends it, for lack of memory.</summary>
    public void RunOutOfMemory() => outOfMemory(137);

    internal void RequestStop() => _stop.TrySetResult();
}

/// <summary>The command, and its streams.</summary>
public sealed class FakeExecSession(Container container, ExecSpec spec, Stream input, Action<OutputStream, string> write)
{
    private readonly TaskCompletionSource<(int Columns, int Rows)> _size = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Container Container => container;

    public ExecSpec Spec => spec;

    /// <summary>Standard input; at its end from the start when nothing is attached.</summary>
    public Stream Input => input;

    public void Write(OutputStream stream, string text) => write(stream, text);

    /// <summary>The terminal's first size, once somebody has said one.</summary>
    public Task<(int Columns, int Rows)> Size => _size.Task;

    internal void Resize(int columns, int rows) => _size.TrySetResult((columns, rows));
}
