using System.Collections.Immutable;
using Federation.Api.Apps;
using MemberCluster.Agent.Pods;

namespace MemberCluster.Agent.Probes;

/// <summary>Runs the probes of every running container and tells what changed. A probe is a timer, not a thread.</summary>
/// <remarks>
/// A readiness probe that has not succeeded yet is repeated after 20 ms, 40 ms … 200 ms for its first seconds, so that a pod serves as soon as
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
        var probes = ImmutableArray.CreateBuilder<Task>();
        if (target.Spec.ReadinessProbe is { } readiness)
            probes.Add(RunAsync(target, ProbeKind.Readiness, readiness, cancellation.Token));
        if (target.Spec.LivenessProbe is { } liveness)
            probes.Add(RunAsync(target, ProbeKind.Liveness, liveness, cancellation.Token));
        return new Running(target, cancellation, probes.ToImmutable());
    }

    private async Task RunAsync(ProbeTarget target, ProbeKind kind, Probe probe, CancellationToken cancellationToken)
    {
        // The caller goes on before the first attempt.
        await Task.Yield();
        var began = time.GetTimestamp();
        var eager = FirstEager;
        var counter = default(ProbeCounter);
        try
        {
            var delay = target.BeganAt + TimeSpan.FromSeconds(probe.InitialDelaySeconds ?? 0) - clock.Now;
            if (delay > TimeSpan.Zero)
                await Task.Delay(delay, time, cancellationToken);
            while (true)
            {
                var result = await prober.ProbeAsync(target, probe, cancellationToken);
                cancellationToken.ThrowIfCancellationRequested();
                if (result.Succeeded is { } succeeded)
                {
                    var before = counter.Passing;
                    counter = counter.Count(probe, succeeded, isFirstDecisive: kind == ProbeKind.Readiness);
                    if (counter.Passing is { } passing && passing != before)
                        onVerdict(new ProbeVerdict(target.Container, kind, passing, result.Detail));
                }

                var period = TimeSpan.FromSeconds(probe.PeriodSeconds ?? 10);
                var isEager = kind == ProbeKind.Readiness && counter.Passing != true && time.GetElapsedTime(began) < EagerFor && eager < period;
                await Task.Delay(isEager ? eager : period, time, cancellationToken);
                if (isEager)
                    eager = eager * 2 < LongestEager ? eager * 2 : LongestEager;
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Its container ended, or the agent does.
        }
    }
}
