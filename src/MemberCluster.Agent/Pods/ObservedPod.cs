using System.Collections.Immutable;
using System.Net;
using MemberCluster.Agent.Runtime;

namespace MemberCluster.Agent.Pods;

/// <summary>What is known of a container's readiness.</summary>
internal enum Readiness
{
    /// <summary>Adopted and not probed yet: it may serve, but no decision rests on it.</summary>
    Assumed,
    Ready,
    NotReady,
}

/// <summary>One container of a pod, as the engine and the probes show it.</summary>
internal sealed record ObservedContainer
{
    public required string Id { get; init; }

    /// <summary>Its name in the template.</summary>
    public required string Slot { get; init; }

    /// <summary>It runs to its end before the pod's containers start.</summary>
    public bool IsInit { get; init; }
    public required ContainerState State { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? StartedAt { get; init; }
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>When its present run began and when it ended, by the agent's <see cref="SteadyClock"/>; null falls back on the engine's times.</summary>
    public DateTimeOffset? BeganAt { get; init; }
    public DateTimeOffset? EndedAt { get; init; }
    public int? ExitCode { get; init; }
    public bool OomKilled { get; init; }
    public string? Error { get; init; }
    public string? IpAddress { get; init; }
    public string? SharesNetworkOf { get; init; }
    public string Image { get; init; } = "";
    public string ImageId { get; init; } = "";

    /// <inheritdoc cref="Container.RepoDigests"/>
    public ImmutableArray<string> RepoDigests { get; init; } = [];
    public int Restarts { get; init; }
    public int CrashLevel { get; init; }
    public Readiness Readiness { get; init; } = Readiness.NotReady;
    public bool LivenessFailed { get; init; }

    /// <summary>Between stop signal and kill when it is stopped because a probe failed; null: the pod's.</summary>
    public TimeSpan? KillGrace { get; init; }

    /// <summary>It has no startup probe that did not pass yet.</summary>
    public bool HasStarted { get; init; } = true;

    public bool IsRunning => State is ContainerState.Running or ContainerState.Paused or ContainerState.Restarting;

    public bool IsDead => State is ContainerState.Exited or ContainerState.Dead;

    /// <summary>It ended and is not started again.</summary>
    public bool IsFinal(RestartPolicy policy) => IsDead && policy switch
    {
        RestartPolicy.Always => false,
        RestartPolicy.OnFailure => ExitCode == 0,
        _ => true,
    };
}

/// <summary>Why the last attempt to run a container of a pod, or to end one, failed, and when to try again. In memory only: an agent that restarts tries at once.</summary>
/// <param name="Slot">The container's name in the template; empty for a failure to stop or remove something.</param>
/// <param name="Reason">A constant of <see cref="Reasons"/>.</param>
/// <param name="Message">The engine's words.</param>
/// <param name="Count">Failures in a row.</param>
/// <param name="NotBefore">The next attempt.</param>
internal sealed record SlotFailure(string Slot, string Reason, string Message, int Count, DateTimeOffset NotBefore);

/// <summary>One pod, as its containers' labels show it, with what the agent remembers about it.</summary>
internal sealed record ObservedPod
{
    public required PodIdentity Identity { get; init; }

    /// <summary>All of them, dead ones included.</summary>
    public required ImmutableArray<ObservedContainer> Containers { get; init; }

    public ImmutableArray<SlotFailure> Failures { get; init; } = [];

    /// <summary>An action on it is under way.</summary>
    public bool IsBusy { get; init; }

    /// <summary>It was told to stop.</summary>
    public bool IsStopping { get; init; }

    /// <summary>It is frozen for a while, or is about to be: it is not probed, counts as it did before, and is let alone unless it is to stop.</summary>
    public bool IsStill { get; init; }

    /// <summary>Somebody asked for its end, with this grace period; null: nobody did.</summary>
    public TimeSpan? EvictedWithin { get; init; }

    /// <summary>It stops, and was asked to stop faster.</summary>
    public bool MustHurry { get; init; }

    public string Name => Identity.Name;

    /// <summary>Between its stop signal and the kill.</summary>
    public TimeSpan Grace => EvictedWithin ?? Identity.Grace;

    /// <summary>The newest container of each name, sorted by name; without those that only run before them.</summary>
    public ImmutableArray<ObservedContainer> Latest { get; private init; } = [];

    /// <summary>The newest of each that runs before them.</summary>
    public ImmutableArray<ObservedContainer> LatestInit { get; private init; } = [];

    /// <summary>How it ended; null while it runs or is still to run.</summary>
    public PodOutcome? Outcome
    {
        get
        {
            var policy = Identity.RestartPolicy;
            if (IsGivenUp)
                return PodOutcome.Failed;
            if (policy == RestartPolicy.Never && Latest.IsEmpty && LatestInit.Any(container => container.IsDead && container.ExitCode != 0))
                return PodOutcome.Failed;
            if (Latest.IsEmpty || Latest.Length < Identity.Containers || !Latest.All(container => container.IsFinal(policy)))
                return null;
            return Latest.All(container => container.ExitCode == 0) ? PodOutcome.Succeeded : PodOutcome.Failed;
        }
    }

    /// <summary>How often a failed container of it is started again before it is given up; null: for ever.</summary>
    public int? BackoffLimit { get; init; }

    /// <summary>It failed more often in place than is tried again.</summary>
    public bool IsGivenUp => Identity.RestartPolicy == RestartPolicy.OnFailure && BackoffLimit is { } limit && FailedRuns(LatestInit) + FailedRuns(Latest) > limit;

    /// <summary>When the last of its containers ended; null: none has.</summary>
    public DateTimeOffset? EndedAt => Containers.Select(container => container.EndedAt ?? container.FinishedAt).Max();

    public DateTimeOffset CreatedAt => Containers.IsEmpty ? DateTimeOffset.MaxValue : Containers.Min(container => container.CreatedAt);

    public bool IsRunning => !Latest.IsEmpty && Latest.All(container => container.IsRunning);

    /// <summary>Every container passed its readiness probe.</summary>
    public bool IsReady => IsRunning && !IsStopping && Latest.All(container => container.Readiness == Readiness.Ready);

    /// <summary>It is known not to serve.</summary>
    public bool IsUnready => !IsRunning || Latest.Any(container => container.Readiness == Readiness.NotReady);

    /// <summary>The container that owns the pod's network.</summary>
    public ObservedContainer? Holder => Latest.FirstOrDefault(container => container.SharesNetworkOf is null);

    /// <summary>In its network; null while it has none.</summary>
    public IPAddress? Address => IPAddress.TryParse(Holder?.IpAddress, out var address) ? address : null;

    public static ObservedPod Create(PodIdentity identity, ImmutableArray<ObservedContainer> containers)
    {
        ImmutableArray<ObservedContainer> latest =
            [.. containers.GroupBy(container => container.Slot).OrderBy(group => group.Key, StringComparer.Ordinal).Select(group => Newest(group))];
        return new ObservedPod
        {
            Identity = identity,
            Containers = containers,
            Latest = latest.RemoveAll(container => container.IsInit),
            LatestInit = latest.RemoveAll(container => !container.IsInit),
        };
    }

    /// <summary>Those before the newest container of each name, and that one if it failed too and nothing runs in its stead.</summary>
    private static int FailedRuns(ImmutableArray<ObservedContainer> latest) =>
        latest.Sum(container => container.Restarts + (container.IsDead && container.ExitCode != 0 ? 1 : 0));

    public SlotFailure? FailureOf(string slot) => Failures.FirstOrDefault(failure => failure.Slot == slot);

    public static ObservedContainer Newest(IEnumerable<ObservedContainer> containers) =>
        containers.OrderByDescending(container => container.Restarts).ThenByDescending(container => container.CreatedAt).First();
}
