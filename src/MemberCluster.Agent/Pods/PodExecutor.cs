using System.Collections.Immutable;
using Federation.Api;
using Federation.Api.Agents;
using Federation.Api.Apps;
using MemberCluster.Agent.Data;
using MemberCluster.Agent.Images;
using MemberCluster.Agent.Pets;
using MemberCluster.Agent.Pods.Hooks;
using MemberCluster.Agent.Pods.Security;
using MemberCluster.Agent.Pods.Volumes;
using MemberCluster.Agent.Reports;
using MemberCluster.Agent.Runtime;
using TemplateContainer = Federation.Api.Apps.ContainerSpec;

namespace MemberCluster.Agent.Pods;

/// <summary>What steps are carried out with, besides the engine.</summary>
internal sealed record PodTools(
    ImagePuller Puller, PodVolumes Volumes, PodData Data, PodHooks Hooks, ContainerEnding Ending, AgentEvents Events, Func<string, TimeSpan, CancellationToken, Task> DrainAsync, PetGate Pets);

/// <summary>Carries out single steps on the engine; decides nothing. Each step can be repeated after a crash in the middle of it.</summary>
internal sealed class PodExecutor(IContainerRuntime runtime, PodTools tools) : IDisposable
{
    /// <summary>More at once only make an engine slower.</summary>
    private const int Parallelism = 8;

    /// <summary>Before the stop signal, open connections get this share of the grace period to end by themselves.</summary>
    private const double DrainShare = 0.5;
    private static readonly TimeSpan LongestDrain = TimeSpan.FromSeconds(10);

    /// <summary>A hook after the start has no time limit of its own; probes and people end what hangs.</summary>
    private static readonly TimeSpan LongestPostStart = TimeSpan.FromDays(1);

    private readonly SemaphoreSlim _slots = new(Parallelism);

    public void Dispose() => _slots.Dispose();

    /// <summary>Makes and starts a container; one that is there already under its name is this pod's own, from before a crash.</summary>
    /// <returns>The container's id.</returns>
    /// <exception cref="RuntimeException">The engine's refusal, or the machine's.</exception>
    public async Task<string> RunAsync(PodIdentity pod, Work work, PodAction.Run run, PodSettings settings, CancellationToken cancellationToken)
    {
        var spec = work.Template.Spec;
        var template = spec.Find(run.Slot)!;
        var data = await tools.Data.PrepareAsync(pod, work, run, settings, cancellationToken);
        if (data.Image.Policy == ImagePullPolicy.Always && !(data.Image.IsDecided && await runtime.Images.FindAsync(data.Image.Reference, cancellationToken) is not null))
            await PullAsync(pod, data.Image, cancellationToken);
        var imageUser = PodSecurity.DependsOnImage(spec, template) ? await ImageUserAsync(pod, data.Image, cancellationToken) : null;
        if (PodSecurity.Refuse(spec, template, settings.Permissions, imageUser) is { } refusal)
            throw new RuntimeException(RuntimeFailure.NotAllowed, refusal);
        var mounts = await tools.Volumes.PrepareAsync(pod, spec, template, work.Pets?.Claims ?? [], settings, cancellationToken);
        var container = await MakeAsync(pod, data.Image, data.Complete(PodContainers.Spec(pod, spec, run, settings, imageUser, mounts)), cancellationToken);
        await AfterStartAsync(pod, spec, template, container, cancellationToken);
        return container;
    }

    /// <summary>Starts a container that exists.</summary>
    /// <param name="pod">Whose it is.</param>
    /// <param name="template">Of the pod; null when nobody holds it.</param>
    /// <param name="start">Which one.</param>
    /// <param name="settings">Of the cluster.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    public async Task StartAsync(PodIdentity pod, PodSpec? template, PodAction.Start start, PodSettings settings, CancellationToken cancellationToken)
    {
        var container = template?.Find(start.Slot);
        // What is in memory is gone after the machine has started anew.
        if (container is not null)
            await tools.Volumes.PrepareAsync(pod, template!, container, claims: [], settings, cancellationToken);
        await InSlotAsync(() => StartAsync(pod, start.Container, cancellationToken), cancellationToken);
        if (container is not null)
            await AfterStartAsync(pod, template!, container, start.Container, cancellationToken);
    }

    public Task KillAsync(PodIdentity pod, PodSpec? template, PodAction.Kill kill, CancellationToken cancellationToken) =>
        tools.Ending.EndAsync(pod, template, kill.Slot, kill.Container, kill.Grace, cancellationToken);

    public Task RemoveAsync(string container, CancellationToken cancellationToken) =>
        InSlotAsync(() => runtime.Containers.RemoveAsync(container, force: true, cancellationToken), cancellationToken);

    /// <summary>Ends a pod: connections first, then its containers, then what is left of them, then its volumes.</summary>
    public async Task StopPodAsync(PodIdentity pod, PodSpec? template, TimeSpan grace, bool isRunning, CancellationToken cancellationToken)
    {
        if (isRunning)
        {
            var limit = grace * DrainShare;
            await tools.DrainAsync(pod.Name, limit < LongestDrain ? limit : LongestDrain, cancellationToken);
        }

        // Asked of the engine and not of memory: a container that was being made until now is found as well.
        var filter = ContainerFilter.ByLabels($"{PodLabels.Uid}={pod.WorkUid}", $"{PodLabels.Pod}={pod.Name}");
        var containers = await runtime.Containers.ListAsync(filter, cancellationToken);
        ImmutableArray<ContainerSummary> running =
            [.. containers.Where(container => container.State is ContainerState.Running or ContainerState.Paused or ContainerState.Restarting)];
        // Hooks run in no frozen container, and no signal reaches one.
        foreach (var frozen in running.Where(container => container.State == ContainerState.Paused))
            await runtime.Containers.ResumeAsync(frozen.Id, cancellationToken);
        await tools.Ending.EndAllAsync(pod, template, running, grace, cancellationToken);
        await Task.WhenAll(containers.Select(container => RemoveAsync(container.Id, cancellationToken)));
        tools.Volumes.Remove(pod.Uid);
    }

    /// <summary>A container whose hook fails is ended, and comes back as its restart policy says.</summary>
    private async Task AfterStartAsync(PodIdentity pod, PodSpec spec, TemplateContainer template, string container, CancellationToken cancellationToken)
    {
        if (template.Lifecycle?.PostStart is not { } hook
            || await tools.Hooks.RunAsync(hook, container, template, LongestPostStart, cancellationToken) is not { } problem)
            return;
        tools.Events.OfPod(pod, isWarning: true, Reasons.FailedPostStartHook, $"The postStart hook of container {template.Name} failed, and the container is ended: {problem}");
        await tools.Ending.EndAsync(pod, spec, template.Name, container, pod.Grace, cancellationToken);
    }

    private async Task PullAsync(PodIdentity pod, ImageRequest image, CancellationToken cancellationToken)
    {
        // Said beforehand: a registry may take its time, and this is what the pod waits for.
        tools.Events.OfPod(pod, isWarning: false, "Pulling", $"Pulling image {image.Reference}");
        await tools.Puller.PullAsync(image.Reference, image.Credentials, cancellationToken);
        tools.Events.OfPod(pod, isWarning: false, "Pulled", $"Pulled image {image.Reference}");
    }

    private async Task<string?> ImageUserAsync(PodIdentity pod, ImageRequest request, CancellationToken cancellationToken)
    {
        var image = await runtime.Images.FindAsync(request.Reference, cancellationToken);
        if (image is null && request.Policy != ImagePullPolicy.Never)
        {
            await PullAsync(pod, request, cancellationToken);
            image = await runtime.Images.FindAsync(request.Reference, cancellationToken);
        }

        return image?.User;
    }

    private async Task<string> MakeAsync(PodIdentity pod, ImageRequest image, Runtime.ContainerSpec spec, CancellationToken cancellationToken)
    {
        try
        {
            return await CreateAndStartAsync(pod, spec, cancellationToken);
        }
        catch (RuntimeException exception) when (exception.Failure == RuntimeFailure.ImageNotFound && image.Policy == ImagePullPolicy.Never)
        {
            throw new RuntimeException(RuntimeFailure.ImageNotFound, $"{image.Reference} is not on this machine, and imagePullPolicy is Never.", exception);
        }
        catch (RuntimeException exception) when (exception.Failure == RuntimeFailure.ImageNotFound)
        {
            await PullAsync(pod, image, cancellationToken);
            return await CreateAndStartAsync(pod, spec, cancellationToken);
        }
    }

    private async Task<string> CreateAndStartAsync(PodIdentity pod, Runtime.ContainerSpec spec, CancellationToken cancellationToken)
    {
        await _slots.WaitAsync(cancellationToken);
        try
        {
            await tools.Pets.BeforeCreateAsync(pod, cancellationToken);
            var id = await CreateOrFindAsync(pod, spec, cancellationToken);
            await StartAsync(pod, id, cancellationToken);
            return id;
        }
        finally
        {
            _slots.Release();
        }
    }

    private Task StartAsync(PodIdentity pod, string container, CancellationToken cancellationToken)
    {
        tools.Pets.BeforeStart(pod, container);
        return runtime.Containers.StartAsync(container, cancellationToken);
    }

    private async Task<string> CreateOrFindAsync(PodIdentity pod, Runtime.ContainerSpec spec, CancellationToken cancellationToken)
    {
        try
        {
            return await runtime.Containers.CreateAsync(spec, cancellationToken);
        }
        catch (RuntimeException exception) when (exception.Failure == RuntimeFailure.Conflict)
        {
            var taken = await runtime.Containers.TryInspectAsync(spec.Name, cancellationToken);
            var isOurs = taken is not null && taken.Labels.GetValueOrDefault(PodLabels.Uid) == spec.Labels[PodLabels.Uid]
                && taken.Labels.GetValueOrDefault(PodLabels.Pod) == spec.Labels[PodLabels.Pod]
                && (pod.Epoch is null || taken.Labels.GetValueOrDefault(PodLabels.PodUid) == pod.Uid);
            if (!isOurs)
                throw;
            // A pet's containers all have one name: the one that ended makes room for the next, and stays for its logs.
            if (pod.Epoch is not null && taken!.State is ContainerState.Exited or ContainerState.Dead)
            {
                await KeepForLogsAsync(taken!.Id, PodContainers.PreviousOf(spec.Name), cancellationToken);
                return await runtime.Containers.CreateAsync(spec, cancellationToken);
            }

            return taken!.Id;
        }
    }

    /// <summary>The one that was kept before it goes.</summary>
    private async Task KeepForLogsAsync(string container, string name, CancellationToken cancellationToken)
    {
        await runtime.Containers.RemoveAsync(name, force: false, cancellationToken);
        await runtime.Containers.RenameAsync(container, name, cancellationToken);
    }

    private async Task InSlotAsync(Func<Task> action, CancellationToken cancellationToken)
    {
        await _slots.WaitAsync(cancellationToken);
        try
        {
            await action();
        }
        finally
        {
            _slots.Release();
        }
    }
}
