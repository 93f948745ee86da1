using System.Collections.Immutable;
using Federation.Api;
using MemberCluster.Agent.Pets.Watching;

namespace MemberCluster.Agent.Runtime.Fake;

/// <summary>A watchdog as a process beside the agent: it outlives every agent that is started on the same fake machine, and needs no engine that answers.</summary>
internal sealed class FakeWatchdog : IWatchdog, IDisposable
{
    /// <summary>Looks after a deadline, for what was being started until then.</summary>
    private const int MostLooks = 20;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    private readonly Lock _lock = new();
    private readonly FakeEngine _engine;
    private readonly TimeProvider _boot;
    private readonly ITimer _timer;
    private readonly List<string> _news = [];
    private FenceRecord? _record;
    private int _looks;

    /// <param name="engine">Whose containers it ends.</param>
    /// <param name="boot">The machine's clock.</param>
    public FakeWatchdog(FakeEngine engine, TimeProvider boot)
    {
        (_engine, _boot) = (engine, boot);
        _timer = boot.CreateTimer(_ => Look(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Why there can be none; null: there is one.</summary>
    public string? Problem { get; set; }

    /// <summary>True: nothing can be written for it.</summary>
    public bool IsFull { get; set; }

    public string? Ensure() => Problem;

    public FenceRecord? Read()
    {
        lock (_lock)
            return _record;
    }

    public void Write(FenceRecord record)
    {
        if (IsFull)
            throw new IOException("No space left on device");
        lock (_lock)
        {
            _record = record;
            _looks = 0;
        }

        Arm(TimeSpan.Zero);
    }

    public void End(IReadOnlyCollection<FencedContainer> containers)
    {
        foreach (var container in containers)
            Kill(container.Id);
    }

    public long StartOf(int pid) => pid;

    public IReadOnlyList<string> TakeNews()
    {
        lock (_lock)
        {
            ImmutableArray<string> news = [.. _news];
            _news.Clear();
            return news;
        }
    }

    public void Dispose() => _timer.Dispose();

    private void Arm(TimeSpan atLeast)
    {
        FenceRecord? record;
        lock (_lock)
            record = _record;
        var now = _boot.GetTimestamp();
        var left = record is null || record.Deadline <= now ? TimeSpan.Zero : _boot.GetElapsedTime(now, record.Deadline);
        _timer.Change(left > atLeast ? left : atLeast, Timeout.InfiniteTimeSpan);
    }

    private void Look()
    {
        lock (_lock)
        {
            if (_record is null || Problem is not null)
                return;
            if (_record.Deadline <= _boot.GetTimestamp())
            {
                Sweep_NeedsLock(_record);
                if (++_looks >= MostLooks)
                    return;
            }
        }

        Arm(Pause);
    }

    private void Sweep_NeedsLock(FenceRecord record)
    {
        var listed = record.Pets.Select(pet => pet.Id).ToHashSet();
        foreach (var container in _engine.Store.All().Where(container => listed.Contains(container.Id) || IsFenced(container, record)))
        {
            if (container.IsRunning)
                _news.Add($"Ended container {container.Name}: its agent had not stopped it when the permission to run it ended");
            Kill(container.Id);
            if (container.Read().State == ContainerState.Created)
                _engine.Store.Remove(container);
        }
    }

    private static bool IsFenced(FakeContainer container, FenceRecord record) =>
        container.Spec.Labels.ContainsKey(PodLabels.Fenced) && LabelMatching.Matches([record.Label], container.Spec.Labels) && !record.Exempt.Contains(container.Id);

    private void Kill(string id)
    {
        if (_engine.Store.Find(id) is { IsRunning: true } container)
            container.Signal("SIGKILL");
    }
}
