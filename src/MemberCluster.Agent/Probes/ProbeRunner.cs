using System.Collections.Immutable;
using Federation.Api.Apps;
using MemberCluster.Agent.Pods;

namespace MemberCluster.Agent.Probes;

/// <summary>Runs the probes of every running container and tells what changed. A probe is a timer, not a thread.</summary>
/// <remarks>
/// A readiness or startup probe that has not succeeded yet is repeated after 20 ms, 40 ms … 200 ms for its first seconds, so that a pod serves as soon as
/// it can and not up to a whole period later.
/// </remarks>
internal sealed class ProbeRunner(IProber prober, SteadyClock clock, TimeProvider time, Action<ProbeVerdict> onVerdict) : IAsyncDisposable
{
    private static readonly TimeSpan EagerFor = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan FirstEager = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestEager = TimeSpan.FromMilliseconds(200);

    /// <summary>By scope, and by container.</summary>
    private readonly Dictionary<string, Dictionary<string, Running>> _running = [];

    private sealed record Running(ProbeTarget Target, CancellationTokenSource Cancellation, ImmutableArray<Task> Probes);

    /// <summary>Starts the probes of containers that are new here, and ends those of containers that are not given any more. Not for concurrent use.</summary>
    /// <param name="scope">The uid whose containers these are all of.</param>
    /// <param name="targets">Its running containers.</param>
    public void Update(string scope, IEnumerable<ProbeTarget> targets)
    {
        var wanted = targets.ToDictionary(target => target.Container);
        if (!_running.TryGetValue(scope, out var known))
        {
            if (wanted.Count == 0)
                return;
            _running[scope] = known = [];
        }

        foreach (var (container, running) in known.Where(pair => !wanted.TryGetValue(pair.Key, out var target) || !IsSame(target, pair.Value.Target)).ToList())
        {
            running.Cancellation.Cancel();
            known.Remove(container);
        }

        foreach (var (container, target) in wanted)
        {
            if (!known.ContainsKey(container))
                known[container] = Start(target);
        }

        if (known.Count == 0)
            _running.Remove(scope);
    }

    public async ValueTask DisposeAsync()
    {
        ImmutableArray<Running> all = [.. _running.Values.SelectMany(known => known.Values)];
        foreach (var running in all)
            await running.Cancellation.CancelAsync();
        await Task.WhenAll(all.SelectMany(running => running.Probes)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _running.Clear();
    }

    private static bool IsSame(ProbeTarget left, ProbeTarget right) =>
        left.StartedAt == right.StartedAt && Equals(left.Address, right.Address) && ReferenceEquals(left.Spec, right.Spec);

    private Running Start(ProbeTarget target)
    {
        var cancellation = new CancellationTokenSource();
        return new Running(target, cancellation, [RunAllAsync(target, cancellation.Token)]);
    }

    /// <summary>The startup probe first, if there is one; the others begin once it has passed.</summary>
    private async Task RunAllAsync(ProbeTarget target, CancellationToken cancellationToken)
    {
        // The caller goes on before the first attempt.
        await Task.Yield();
        try
        {
            if (target.Spec.StartupProbe is { } startup && !target.HasStarted)
                await RunAsync(target, ProbeKind.Startup, startup, cancellationToken);
            List<Task> others = [];
            if (target.Spec.ReadinessProbe is { } readiness)
                others.Add(RunAsync(target, ProbeKind.Readiness, readiness, cancellationToken));
            if (target.Spec.LivenessProbe is { } liveness)
                others.Add(RunAsync(target, ProbeKind.Liveness, liveness, cancellationToken));
            await Task.WhenAll(others);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Its container ended, or the agent does.
        }
    }

    /// <summary>Until it is cancelled; a startup probe until it has passed.</summary>
    private async Task RunAsync(ProbeTarget target, ProbeKind kind, Probe probe, CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        var period = TimeSpan.FromSeconds(probe.PeriodSeconds ?? 10);
        long? failedAt = null;
        var eager = FirstEager;
        var counter = default(ProbeCounter);
        var grace = probe.TerminationGracePeriodSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : (TimeSpan?)null;
        var delay = target.BeganAt + TimeSpan.FromSeconds(probe.InitialDelaySeconds ?? 0) - clock.Now;
        if (delay > TimeSpan.Zero)
            await Task.Delay(delay, time, cancellationToken);
        while (true)
        {
            var result = await prober.ProbeAsync(target, probe, cancellationToken);
            cancellationToken.ThrowIfCancellationRequested();
            // Eager attempts only find out earlier that it serves: a startup probe has one failure for each period, as many as it is given.
            var counts = kind != ProbeKind.Startup || failedAt is null || time.GetElapsedTime(failedAt.Value) >= period;
            if (result.Succeeded is { } succeeded && (succeeded || counts))
            {
                if (!succeeded)
                    failedAt = time.GetTimestamp();
                var before = counter.Passing;
                counter = counter.Count(probe, succeeded, isFirstDecisive: kind == ProbeKind.Readiness);
                if (counter.Passing is { } passing && passing != before)
                    onVerdict(new ProbeVerdict(target.Container, kind, passing, result.Detail, grace));
                if (kind == ProbeKind.Startup && counter.Passing == true)
                    return;
            }

            var isEager = kind != ProbeKind.Liveness && counter.Passing != true && time.GetElapsedTime(began) < EagerFor && eager < period;
            await Task.Delay(isEager ? eager : period, time, cancellationToken);
            if (isEager)
                eager = eager * 2 < LongestEager ? eager * 2 : LongestEager;
        }
    }
}
