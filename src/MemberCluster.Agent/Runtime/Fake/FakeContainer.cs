namespace MemberCluster.Agent.Runtime.Fake;

/// <summary>One container and its state. Its lock is held for a step only, never while something else is called.</summary>
internal sealed class FakeContainer(FakeEngine engine, int number, string id, ContainerSpec spec, string imageId, string? sharesNetworkOf)
{
    private const int Killed = 137;
    private readonly Lock _lock = new();
    private readonly DateTimeOffset _createdAt = engine.Time.GetUtcNow();
    private FakeProgram _program = FakeProgram.Forever;
    private ContainerState _state = ContainerState.Created;
    private DateTimeOffset? _startedAt;
    private DateTimeOffset? _finishedAt;
    private int? _exitCode;
    private bool _oomKilled;
    private string? _error;
    private string? _address;
    private int _starts;
    private ITimer? _exitTimer;
    private IAsyncDisposable? _listener;
    private FakeProcess? _process;
    private CancellationTokenSource? _processEnd;
    private TaskCompletionSource _ended = Completed();

    public int Number => number;

    public string Id => id;

    public ContainerSpec Spec => spec;

    public string Name { get; set; } = spec.Name;

    public string ImageId => imageId;

    public string? SharesNetworkOf => sharesNetworkOf;

    public FakeOutputLog Output { get; } = new(engine.Time);

    public FakeProgram Program => _program;

    public bool IsRunning => _state is ContainerState.Running or ContainerState.Paused;

    public bool IsPaused => _state is ContainerState.Paused;

    /// <summary>Completes when it is not running any more; completed while it is not running.</summary>
    public Task Ended => _ended.Task;

    public TimeSpan Uptime => IsRunning && _startedAt is { } started ? engine.Time.GetUtcNow() - started : TimeSpan.Zero;

    public Container Read()
    {
        lock (_lock)
        {
            return new Container
            {
                Id = id,
                Name = Name,
                Image = spec.Image,
                ImageId = imageId,
                Labels = spec.Labels,
                State = _state,
                CreatedAt = _createdAt,
                StartedAt = _startedAt,
                FinishedAt = _finishedAt,
                ExitCode = _exitCode,
                OomKilled = _oomKilled,
                Error = _error,
                Pid = IsRunning ? 1000 + number : null,
                IpAddress = _address,
                SharesNetworkOf = sharesNetworkOf,
            };
        }
    }

    /// <summary>Nothing happens when it runs already.</summary>
    public void Start(FakeProgram program)
    {
        if (program.StartError is { } error)
        {
            lock (_lock)
            {
                _error = error;
                _exitCode = 127;
            }

            throw new RuntimeException(RuntimeFailure.StartFailed, $"Cannot start container {Name}: {error}") { EngineMessage = error };
        }

        lock (_lock)
        {
            if (IsRunning)
                return;
            _program = program;
            _state = ContainerState.Running;
            _startedAt = engine.Time.GetUtcNow();
            _exitCode = null;
            _error = null;
            _oomKilled = false;
            _address = spec.Network is ContainerNetwork.Default or ContainerNetwork.Named ? engine.Store.NextAddress() : null;
            _ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _starts++;
        }

        engine.Store.CountStart();
        Keep(program.Listen?.Invoke(Read()));
        engine.Events.Add(this, RuntimeEventKind.Started);
        foreach (var output in program.Output)
            Output.Append(output.Stream, output.Text);
        if (program.Main is { } main)
            RunMain(main);
        if (program.ExitsAfter is { } lifetime)
            _exitTimer = ExitAfter(lifetime, program.OutOfMemory ? Killed : program.ExitCode, program.OutOfMemory);
    }

    public int StartsSoFar => _starts;

    /// <summary>Without effect when it is so, or does not run. What its program does goes on: only its state shows that it is frozen.</summary>
    public void SetPaused(bool isPaused)
    {
        lock (_lock)
        {
            if (!IsRunning || IsPaused == isPaused)
                return;
            _state = isPaused ? ContainerState.Paused : ContainerState.Running;
        }

        engine.Events.Add(this, isPaused ? RuntimeEventKind.Paused : RuntimeEventKind.Unpaused);
    }

    /// <summary>Sends a signal; without effect when it is not running.</summary>
    public void Signal(string signal)
    {
        // As engines do: what is frozen is thawed to take a signal that ends it.
        if (IsStopSignal(signal))
            SetPaused(false);
        if (signal is "SIGKILL" or "KILL" or "9")
            Exit(Killed, outOfMemory: false);
        else if (_program.Main is not null && IsStopSignal(signal))
            _process?.RequestStop();
        else if (_program.StopsAfter is { } delay && IsStopSignal(signal) && IsRunning)
            StopSoon(delay);
    }

    /// <summary>Its process ends; without effect when it is not running.</summary>
    public void Exit(int exitCode, bool outOfMemory) => Exit(exitCode, outOfMemory, ofStart: null);

    private void RunMain(Func<FakeProcess, CancellationToken, Task<int>> main)
    {
        var start = _starts;
        var end = new CancellationTokenSource();
        _process = new FakeProcess(Read(), spec, Output.Append, code => Exit(code, outOfMemory: true, start));
        _processEnd = end;
        _ = RunAsync(_process);

        async Task RunAsync(FakeProcess process)
        {
            await Task.Yield();
            try
            {
                Exit(await main(process, end.Token), outOfMemory: false, start);
            }
            catch (OperationCanceledException) when (end.IsCancellationRequested)
            {
                // It was killed.
            }
        }
    }

    private void Keep(IAsyncDisposable? listener)
    {
        lock (_lock)
        {
            if (IsRunning)
            {
                _listener = listener;
                return;
            }
        }

        Close(listener);   // it ended while its listener was opened
    }

    private static void Close(IAsyncDisposable? listener) => listener?.DisposeAsync().AsTask().GetAwaiter().GetResult();

    private void StopSoon(TimeSpan delay)
    {
        foreach (var output in _program.StopOutput)
            Output.Append(output.Stream, output.Text);
        if (delay <= TimeSpan.Zero)
            Exit(_program.StopExitCode, outOfMemory: false);
        else
            _exitTimer = ExitAfter(delay, _program.StopExitCode, outOfMemory: false);
    }

    private ITimer ExitAfter(TimeSpan delay, int exitCode, bool outOfMemory)
    {
        // A timer of an earlier start must not end a later one.
        var start = _starts;
        _exitTimer?.Dispose();
        return engine.Time.CreateTimer(_ => Exit(exitCode, outOfMemory, start), state: null, delay, Timeout.InfiniteTimeSpan);
    }

    private void Exit(int exitCode, bool outOfMemory, int? ofStart)
    {
        TaskCompletionSource ended;
        IAsyncDisposable? listener;
        lock (_lock)
        {
            if (!IsRunning || (ofStart is { } start && start != _starts))
                return;
            _state = ContainerState.Exited;
            _finishedAt = engine.Time.GetUtcNow();
            _exitCode = exitCode;
            _oomKilled = outOfMemory;
            _address = null;
            ended = _ended;
            listener = _listener;
            _listener = null;
            _exitTimer?.Dispose();
            _exitTimer = null;
        }

        _processEnd?.Cancel();
        // Whoever sees the end must find the port closed: a proxy that still connects would hide a bug.
        Close(listener);
        if (outOfMemory)
            engine.Events.Add(this, RuntimeEventKind.OutOfMemory);
        engine.Events.Add(this, RuntimeEventKind.Died, exitCode);
        Output.EndOfRun();
        ended.SetResult();
    }

    private bool IsStopSignal(string signal) => signal is "SIGTERM" or "TERM" or "15" or "SIGINT" or "INT" or "2" || signal == spec.StopSignal;

    private static TaskCompletionSource Completed()
    {
        var source = new TaskCompletionSource();
        source.SetResult();
        return source;
    }
}
