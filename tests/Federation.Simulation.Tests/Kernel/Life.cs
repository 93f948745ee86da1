using Federation.Embedded.Simulation;

namespace Federation.Simulation.Tests.Kernel;

/// <summary>One life of one process, from its start to its kill.</summary>
internal sealed class Life
{
    private readonly CancellationTokenSource _killed = new();
    private readonly TaskCompletionSource _died = new();
    private readonly SimulatedProcess _process;

    public Life(World world, string name, ProcessClock clock)
    {
        (Name, Clock) = (name, clock);
        _process = new SimulatedProcess(world.Scheduler, _killed.Token);
    }

    public string Name { get; }

    public ProcessClock Clock { get; }

    public bool IsDead => _killed.IsCancellationRequested;

    /// <summary>Completes with the kill.</summary>
    public Task Died => _died.Task;

    public Task Start(Func<Task> code) => _process.Start(code);

    public Task<T> Start<T>(Func<Task<T>> code) => _process.Start(code);

    /// <summary>As SIGSTOP: it hangs.</summary>
    public void Stop()
    {
        Clock.Stop();
        _process.Stop();
    }

    /// <summary>As SIGCONT.</summary>
    public void Continue()
    {
        _process.Continue();
        Clock.Continue();
    }

    /// <summary>As kill -9: nothing of it runs any further.</summary>
    public void Kill()
    {
        if (IsDead)
            return;
        Clock.IsDead = true;
        _killed.Cancel();
        _died.SetResult();
    }
}
