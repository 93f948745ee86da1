using System.Collections.Immutable;
using Federation.Api;
using Federation.Api.Apps;
using Federation.Api.Pods;
using MemberCluster.Agent.Runtime;
using MemberCluster.Agent.Works;
using MemberCluster.Agent.Services;
using ContainerSpec = Federation.Api.Apps.ContainerSpec;

namespace MemberCluster.Agent.Pods;

/// <summary>A container as last seen, and what its probes said.</summary>
/// <param name="Container">What the engine said.</param>
/// <param name="Tick">When that look began; an older look never overrules it.</param>
/// <param name="IsAdopted">It was there before this agent was.</param>
internal sealed record KnownContainer(Container Container, long Tick, bool IsAdopted)
{
    /// <summary>The readiness probe's verdict; null before the first.</summary>
    public bool? IsProbedReady { get; init; }

    public bool LivenessFailed { get; init; }

    /// <summary>Between stop signal and kill when it is stopped because a probe failed; null: the pod's.</summary>
    public TimeSpan? KillGrace { get; init; }

    /// <summary>Its startup probe passed.</summary>
    public bool HasStarted { get; init; }

    /// <summary>When the present run began and when it ended, by the <see cref="SteadyClock"/>: judged once, so that a wall clock set later changes neither.</summary>
    public DateTimeOffset? BeganAt { get; init; }
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>When it was last looked at.</summary>
    public DateTimeOffset SeenAt { get; init; }

    /// <summary>How long it had run when it was found.</summary>
    public TimeSpan RanFor { get; init; }

    public string Pod { get; } = Container.Labels.GetValueOrDefault(PodLabels.Pod, "");
}

/// <summary>What the agent remembers of one pod beside its containers.</summary>
internal sealed class PodState(PodIdentity identity)
{
    public PodIdentity Identity => identity;

    public DateTimeOffset? StoppingSince { get; set; }

    /// <summary>Somebody asked for its end, with this grace period; null: nobody did.</summary>
    public TimeSpan? EvictedWithin { get; private set; }

    /// <summary>It stops more slowly than it was asked to: the step under way must give way to a faster one.</summary>
    public bool MustHurry { get; set; }

    /// <inheritdoc cref="ObservedPod.IsStill"/>
    public bool IsStill { get; set; }

    public ImmutableArray<SlotFailure> Failures { get; private set; } = [];

    /// <summary>The step under way; null when there is none.</summary>
    public PodStep? Step { get; set; }

    /// <summary>Containers to look at once the step is done, because something happened to them meanwhile.</summary>
    public HashSet<string> LookAgain { get; } = [];

    /// <summary>As it was last shown.</summary>
    public Pod? Shown { get; set; }

    /// <summary>The same as JSON, to tell whether there is anything new to say.</summary>
    public byte[] ShownAs { get; set; } = [];

    /// <returns>False: known already.</returns>
    public bool Evict(TimeSpan grace)
    {
        if (EvictedWithin <= grace)
            return false;
        MustHurry = StoppingSince is not null && grace < (EvictedWithin ?? identity.Grace);
        EvictedWithin = grace;
        return true;
    }

    public void Fail(string slot, string reason, string message, DateTimeOffset now, TimeSpan? delay = null)
    {
        var count = (Failures.FirstOrDefault(failure => failure.Slot == slot)?.Count ?? 0) + 1;
        Recover(slot);
        Failures = Failures.Add(new SlotFailure(slot, reason, message, count, now + (delay ?? CrashBackOff.Delay(count))));
    }

    /// <summary>What it waited for may be there now: it is tried again at once.</summary>
    public void TryAgain(Func<SlotFailure, bool> which) =>
        Failures = [.. Failures.Select(failure => which(failure) ? failure with { NotBefore = DateTimeOffset.MinValue } : failure)];

    /// <summary>All that failed is over.</summary>
    public void Recover() => Failures = [];

    public bool Recover(string slot)
    {
        var before = Failures.Length;
        Failures = Failures.RemoveAll(failure => failure.Slot == slot);
        return Failures.Length < before;
    }
}

/// <summary>A step under way: how to end it early, and when it ended.</summary>
internal sealed record PodStep(PodAction Action, CancellationTokenSource Cancellation, Task Done);

/// <summary>Everything known about the pods of one uid.</summary>
internal sealed class UidState
{
    /// <summary>By id.</summary>
    public Dictionary<string, KnownContainer> Containers { get; } = [];

    /// <summary>By pod name.</summary>
    public Dictionary<string, PodState> Pods { get; } = [];

    /// <summary>The templates that its pods were made from, by hash, as far as this agent has seen them.</summary>
    public Dictionary<string, PodTemplate> Templates { get; } = [];

    /// <summary>Exposed ports that cannot be offered, and why.</summary>
    public Dictionary<ServiceAddress, string> PortProblems { get; } = [];

    public DateTimeOffset? NextLook { get; set; }

    /// <summary>Something waits for a permission to run fenced pets.</summary>
    public bool IsHeldBack { get; set; }

    /// <summary>Of a Job's pods; see <see cref="ObservedPod.BackoffLimit"/>.</summary>
    private int? _backoffLimit;
    private string? _data;

    /// <summary>Takes note of the work that is held now, and forgets what only earlier ones needed.</summary>
    public void Hold(HeldWork? held)
    {
        var work = held?.Work;
        _backoffLimit = work?.Completions?.BackoffLimit ?? _backoffLimit;
        HoldData(work);
        var used = Pods.Values.Select(pod => pod.Identity.TemplateHash).ToHashSet();
        foreach (var (hash, template) in (held?.Templates ?? []).Where(template => template.Hash == work?.TemplateHash || used.Contains(template.Hash)))
            Templates.TryAdd(hash, template);
        foreach (var hash in Templates.Keys.Where(hash => hash != work?.TemplateHash && !used.Contains(hash)).ToList())
            Templates.Remove(hash);
        foreach (var address in PortProblems.Keys.Where(address => work is null || work.Expose.All(port => port.Port != address.Listen.Port)).ToList())
            PortProblems.Remove(address);
    }

    /// <summary>Other data, or other credentials: pods that wait for some need not wait for their back-off.</summary>
    private void HoldData(Federation.Api.Agents.Work? work)
    {
        if (work is null)
            return;
        var data = string.Join(' ', [.. work.Data.Select(one => $"{one.Kind}/{one.Name}={one.Version}"), .. work.Template.Spec.ImagePullSecrets.Select(secret => secret.Name)]);
        if (_data is not null && _data != data)
        {
            foreach (var pod in Pods.Values)
                pod.TryAgain(failure => Reasons.MayEndWithOtherData(failure.Reason));
        }

        _data = data;
    }

    public ImmutableArray<ObservedPod> Observe()
    {
        var containers = Containers.Values.ToLookup(known => known.Pod);
        return [.. Pods.Values.OrderBy(pod => pod.Identity.Name, StringComparer.Ordinal).Select(pod => Observe(pod, containers[pod.Identity.Name]))];
    }

    /// <summary>One that was found running for longer than its startup probe would have let it has passed that probe.</summary>
    private static TimeSpan PatienceOf(Probe startup) =>
        TimeSpan.FromSeconds((startup.InitialDelaySeconds ?? 0) + ((startup.PeriodSeconds ?? 10) * (long)((startup.FailureThreshold ?? 3) + 1)));

    public ContainerSpec? TemplateOf(PodIdentity pod, string slot) =>
        Templates.GetValueOrDefault(pod.TemplateHash)?.Spec.Find(slot);

    private ObservedPod Observe(PodState pod, IEnumerable<KnownContainer> containers) =>
        ObservedPod.Create(pod.Identity, [.. containers.Select(known => Observe(pod.Identity, known))]) with
        {
            Failures = pod.Failures,
            IsBusy = pod.Step is not null,
            IsStopping = pod.StoppingSince is not null,
            IsStill = pod.IsStill,
            EvictedWithin = pod.EvictedWithin,
            MustHurry = pod.MustHurry,
            BackoffLimit = _backoffLimit,
        };

    private ObservedContainer Observe(PodIdentity pod, KnownContainer known)
    {
        var slot = known.Container.Labels.GetValueOrDefault(PodLabels.Container, "");
        var template = TemplateOf(pod, slot);
        var hasStarted = known.HasStarted || template?.StartupProbe is not { } startup || (known.IsAdopted && known.RanFor > PatienceOf(startup));
        var readiness = known.IsProbedReady switch
        {
            true => Readiness.Ready,
            false => Readiness.NotReady,
            null when hasStarted && template?.ReadinessProbe is null => Readiness.Ready,
            null => known.IsAdopted ? Readiness.Assumed : Readiness.NotReady,
        };
        return PodLabelling.Observe(known.Container, readiness, known.LivenessFailed) with { BeganAt = known.BeganAt, EndedAt = known.EndedAt, KillGrace = known.KillGrace, HasStarted = hasStarted };
    }
}
