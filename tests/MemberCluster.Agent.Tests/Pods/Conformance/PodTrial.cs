using System.Collections.Immutable;
using System.Text;
using Federation.Api;
using Federation.Api.Agents;
using Federation.Api.Apps;
using Federation.Api.Pods;
using Federation.TestKit.Docker;
using Federation.TestKit.Waiting;
using MemberCluster.Agent.Runtime;
using ContainerSpec = Federation.Api.Apps.ContainerSpec;
using ContainerStatus = Federation.Api.Pods.ContainerStatus;

namespace MemberCluster.Agent.Tests.Pods.Conformance;

/// <summary>One case: one work of its own, put in as a control plane does, and watched through reports and through the engine.</summary>
internal sealed class PodTrial(PodBench bench, string name) : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(90);
    private int _templates;
    private Work _applied = new();

    public PodBench Bench => bench;

    public string Uid { get; } = $"uid-{Guid.NewGuid():N}"[..16];

    public string Namespace { get; init; } = "default";

    /// <summary>The pod as it was last reported; fails when there is none.</summary>
    public Pod Pod => bench.ControlPlane.Pods.Single(pod => pod.Metadata.Labels[PodLabels.Uid] == Uid && pod.Metadata.DeletionTimestamp is null);

    public WorkStatus? Work => bench.ControlPlane.StatusOf(Uid);

    public static ContainerSpec Container(string script, string name = "main") => new()
    {
        Name = name,
        Image = BusyboxImage.Reference,
        ImagePullPolicy = ImagePullPolicy.Never,
        Command = ["/bin/sh", "-c", script],
    };

    public static PodSpec Spec(params ContainerSpec[] containers) => new() { TerminationGracePeriodSeconds = 1, Containers = containers };

    public static PodSpec Spec(string script) => Spec(Container(script));

    public void Apply(PodSpec spec, int replicas = 1) => Apply(new PodTemplate { Spec = spec }, $"hash-{++_templates}", replicas);

    public void Apply(PodTemplate template, string hash, int replicas = 1, IReadOnlyDictionary<string, string>? images = null)
    {
        _applied = new Work
        {
            Uid = Uid,
            Kind = "App",
            Namespace = Namespace,
            Name = $"case-{Uid[4..]}",
            Generation = 1,
            Replicas = replicas,
            TemplateHash = hash,
            Template = template,
            Images = images ?? new Dictionary<string, string>(),
        };
        bench.ControlPlane.Apply(_applied);
    }

    /// <summary>Applies once more what was applied last, with a change.</summary>
    public void Change(Func<Work, Work> change) => bench.ControlPlane.Apply(_applied = change(_applied));

    /// <summary>The work's name.</summary>
    public string Set => $"case-{Uid[4..]}";

    /// <summary>One pet of the template, ordinal 0 and epoch 1 unless it is changed.</summary>
    public void ApplyPet(PodSpec spec, Func<WorkPets, WorkPets> change, string? hash = null, params WorkPort[] expose)
    {
        hash ??= $"hash-{++_templates}";
        bench.ControlPlane.Apply(new Work
        {
            Uid = Uid,
            Kind = "PetSet",
            Namespace = Namespace,
            Name = Set,
            Generation = 1,
            Mode = WorkMode.Pets,
            TemplateHash = hash,
            Template = new PodTemplate { Spec = spec },
            Expose = expose,
            Pets = change(new WorkPets { Run = [new WorkPet { Ordinal = 0, Epoch = 1, TemplateHash = hash }] }),
        });
    }

    /// <summary>Applies it and waits until the pod is ready.</summary>
    public async Task<Pod> ReadyAsync(PodSpec spec)
    {
        Apply(spec);
        return await UntilReadyAsync();
    }

    /// <summary>Applies a pod that runs <see cref="Sh.StayAnd"/> and waits until it would hear a signal.</summary>
    public async Task HearsSignalsAsync(PodSpec spec)
    {
        await ReadyAsync(spec);
        await UntilAsync(async () => await ExitCodeAsync(Sh.HearsSignals) == 0, "its trap is set");
    }

    public async Task<Pod> UntilReadyAsync()
    {
        await UntilAsync(() => Work is { Ready: 1 } && Pod.Status.ContainerStatuses.All(status => status.Ready), "the pod is ready");
        return Pod;
    }

    public ContainerStatus Main => Pod.Status.ContainerStatuses[0];

    public ContainerStatus Init => Pod.Status.InitContainerStatuses[0];

    public bool HasPod => bench.ControlPlane.Pods.Any(pod => pod.Metadata.Labels[PodLabels.Uid] == Uid);

    public Task UntilAsync(Func<bool> condition, string what) => Eventually.TrueAsync(() => Holds(condition), $"{name}: {what}", Deadline, Describe);

    public Task UntilAsync(Func<Task<bool>> condition, string what) => Eventually.TrueAsync(() => HoldsAsync(condition), $"{name}: {what}", Deadline, Describe);

    public Task UntilPhaseAsync(string phase) => UntilAsync(() => Pod.Status.Phase == phase, $"the pod is {phase}");

    public Task UntilReasonAsync(string reason) => UntilAsync(() => Work?.Reason == reason, $"the work says {reason}");

    /// <summary>Not while it is tried again.</summary>
    public Task UntilWaitingAsync(string reason) => UntilAsync(() => Main.State.Waiting?.Reason == reason, $"the container waits because of {reason}");

    public Task UntilEventAsync(string reason) => UntilAsync(() => HasEvent(reason), $"an event {reason}");

    /// <summary>What events of the reason said.</summary>
    public IEnumerable<string> Said(string reason) => bench.ControlPlane.Events
        .Where(occurrence => occurrence.Reason == reason && occurrence.Name.StartsWith($"case-{Uid[4..]}", StringComparison.Ordinal)).Select(occurrence => occurrence.Message);

    public bool HasEvent(string reason) => Said(reason).Any();

    public Task UntilRestartedAsync(int times = 1) => UntilAsync(() => Main.RestartCount >= times && Main.State.Running is not null, $"{times} restarts");

    public async Task RemoveAsync()
    {
        bench.ControlPlane.Delete(Uid);
        await UntilAsync(() => Work is { Gone: true }, "it is removed");
    }

    /// <summary>What a command printed that was run in the newest container of the name.</summary>
    public async Task<string> ExecAsync(string script, string slot = "main")
    {
        var result = await RunAsync(script, slot);
        return (result.StandardOutput + result.StandardError).Trim();
    }

    public async Task<int> ExitCodeAsync(string script, string slot = "main") => (await RunAsync(script, slot)).ExitCode ?? -1;

    public Task KillAsync(string slot = "main") => bench.Runtime.Containers.KillAsync(IdOf(slot), "SIGKILL", CancellationToken.None);

    public async Task<string> LogsAsync(string slot = "main")
    {
        var text = new StringBuilder();
        await foreach (var chunk in bench.Runtime.Containers.ReadLogsAsync(IdOf(slot), new LogQuery(), CancellationToken.None))
            text.Append(Encoding.UTF8.GetString(chunk.Data.Span));
        return text.ToString().Trim();
    }

    public string IdOf(string slot = "main") =>
        Pod.Status.ContainerStatuses.Concat(Pod.Status.InitContainerStatuses).Single(status => status.Name == slot).ContainerID!["docker://".Length..];

    public async Task<ImmutableArray<ContainerSummary>> ContainersAsync() =>
        await bench.Runtime.Containers.ListAsync(ContainerFilter.ByLabels($"{PodLabels.Uid}={Uid}"), CancellationToken.None);

    /// <summary>Where the pod's own volume is on the machine.</summary>
    public string OnDisk(string volume) => Path.Combine(bench.Data, "pods", Pod.Metadata.Uid!, "volumes", volume);

    public string InMemory(string volume) => Path.Combine(bench.Data, "pods", Pod.Metadata.Uid!, "memory", volume);

    public async ValueTask DisposeAsync()
    {
        if (Work is not { Gone: true } && bench.ControlPlane.StatusOf(Uid) is not null)
            bench.ControlPlane.Delete(Uid);
        await Task.CompletedTask;
    }

    private Task<ExecResult> RunAsync(string script, string slot) =>
        bench.Runtime.Containers.ExecAsync(IdOf(slot), new ExecSpec { Command = ["/bin/sh", "-c", script] }, CancellationToken.None);

    /// <summary>A pod that is not reported yet is a condition that does not hold yet.</summary>
    private bool Holds(Func<bool> condition)
    {
        try
        {
            return condition();
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    /// <summary>Neither is a command in a container that is being replaced.</summary>
    private static async Task<bool> HoldsAsync(Func<Task<bool>> condition)
    {
        try
        {
            return await condition();
        }
        catch (RuntimeException)
        {
            return false;
        }
    }

    private string Describe()
    {
        var pods = bench.ControlPlane.Pods.Where(pod => pod.Metadata.Labels[PodLabels.Uid] == Uid);
        var events = bench.ControlPlane.Events.Where(occurrence => occurrence.Name.StartsWith($"case-{Uid[4..]}", StringComparison.Ordinal));
        var states = pods.SelectMany(pod => pod.Status.InitContainerStatuses.Concat(pod.Status.ContainerStatuses)).Select(status => $"{status.Name} {status.RestartCount} {status.State}");
        return $"{Work}; {string.Join("; ", states)}; {string.Join("; ", events.Select(occurrence => $"{occurrence.Reason}: {occurrence.Message}"))} {bench.Describe()}";
    }
}
