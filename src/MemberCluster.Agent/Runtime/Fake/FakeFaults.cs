using System.Collections.Immutable;

namespace MemberCluster.Agent.Runtime.Fake;

public enum FakeOperation
{
    Ping,
    Info,
    Subscribe,
    ListContainers,
    InspectContainer,
    CreateContainer,
    StartContainer,
    StopContainer,
    KillContainer,
    PauseContainer,
    ResumeContainer,
    RenameContainer,
    RemoveContainer,
    WaitContainer,
    ReadLogs,
    GetStats,
    Exec,
    FindImage,
    ListImages,
    PullImage,
    ImportImage,
    RemoveImage,
    EnsureNetwork,
    ListNetworks,
    RemoveNetwork,
    EnsureVolume,
    ListVolumes,
    RemoveVolume,
    FindVolume,
    OpenVolume,
    ReadVolume,
    WriteVolume,
}

/// <summary>Faults and delays to inject, and switches for what is wrong with the whole engine. Safe for concurrent use.</summary>
public sealed class FakeFaults(TimeProvider time)
{
    private readonly Lock _lock = new();
    private ImmutableArray<Rule> _rules = [];

    /// <summary>The engine's disk is full: create, pull, import and new volumes fail.</summary>
    public bool DiskFull { get; set; }

    /// <summary>Makes an operation fail: the next <paramref name="times"/> times (null is always), where the subject (container, image …) matches.</summary>
    public void Fail(FakeOperation operation, RuntimeFailure failure, int? times = null, Func<string, bool>? when = null) =>
        Add(new Rule(operation, when, TimeSpan.Zero, failure) { Left = times });

    /// <summary>Makes an operation slow; it then happens as usual.</summary>
    public void Delay(FakeOperation operation, TimeSpan delay, int? times = null, Func<string, bool>? when = null) =>
        Add(new Rule(operation, when, delay, Failure: null) { Left = times });

    /// <summary>Removes every fault and delay.</summary>
    public void Clear()
    {
        lock (_lock)
            _rules = [];
        DiskFull = false;
    }

    /// <summary>Waits and throws as the rules say.</summary>
    internal async Task ApplyAsync(FakeOperation operation, string subject, CancellationToken cancellationToken)
    {
        foreach (var rule in Take(operation, subject))
        {
            if (rule.Duration > TimeSpan.Zero)
                await Task.Delay(rule.Duration, time, cancellationToken);
            if (rule.Failure is { } failure)
                throw Failed(operation, subject, failure, "injected fault");
        }

        if (DiskFull && NeedsDisk(operation))
            throw Failed(operation, subject, RuntimeFailure.DiskFull, "no space left on device");
    }

    internal static RuntimeException Failed(FakeOperation operation, string subject, RuntimeFailure failure, string words) =>
        new(failure, $"Cannot do {operation} of {subject}: {words}")
        {
            EngineMessage = words,
            PullReason = failure is RuntimeFailure.PullFailed ? PullFailureReason.Unknown : null,
        };

    private static bool NeedsDisk(FakeOperation operation) =>
        operation is FakeOperation.CreateContainer or FakeOperation.PullImage or FakeOperation.ImportImage or FakeOperation.EnsureVolume or FakeOperation.WriteVolume;

    private void Add(Rule rule)
    {
        lock (_lock)
            _rules = _rules.Add(rule);
    }

    private List<Rule> Take(FakeOperation operation, string subject)
    {
        if (_rules.IsEmpty)
            return [];
        lock (_lock)
        {
            var taken = _rules.Where(rule => rule.Operation == operation && (rule.When?.Invoke(subject) ?? true)).ToList();
            foreach (var rule in taken)
                rule.Left--;
            _rules = _rules.RemoveAll(rule => rule.Left <= 0);
            return taken;
        }
    }

    private sealed record Rule(FakeOperation Operation, Func<string, bool>? When, TimeSpan Duration, RuntimeFailure? Failure)
    {
        /// <summary>Null is for ever.</summary>
        public int? Left { get; set; }
    }
}
