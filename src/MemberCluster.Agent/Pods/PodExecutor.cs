using Federation.Api;
using Federation.Api.Agents;
using Federation.Api.Apps;
using MemberCluster.Agent.Runtime;

namespace MemberCluster.Agent.Pods;

/// <summary>Carries out single steps on the engine; decides nothing. Each step can be repeated after a crash in the middle of it.</summary>
internal sealed class PodExecutor(IContainerRuntime runtime, ImagePuller puller, Func<string, TimeSpan, CancellationToken, Task> drain) : IDisposable
{
    /// <summary>More at once only make an engine slower.</summary>
    private const int Parallelism = 8;

    /// <summary>Before the stop signal, open connections get this share of the grace period to end by themselves.</summary>
    private const double DrainShare = 0.5;
    private static readonly TimeSpan LongestDrain = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim _slots = new(Parallelism);

    public void Dispose() => _slots.Dispose();

    /// <summary>Makes and starts a container; one that is there already under its name is this pod's own, from before a crash.</summary>
    /// <returns>The container's id.</returns>
    /// <exception cref="RuntimeException">The engine's refusal.</exception>
    public async Task<string> RunAsync(PodIdentity pod, Work work, PodAction.Run run, PodSettings settings, CancellationToken cancellationToken)
    {
        var template = work.Template.Spec.Find(run.Slot)!;
        var spec = PodContainers.Spec(pod, work.Template.Spec, run, settings);
        if (template.ImagePullPolicy == ImagePullPolicy.Always)
            await puller.PullAsync(template.Image, cancellationToken);
        try
        {
            return await CreateAndStartAsync(spec, cancellationToken);
        }
        catch (RuntimeException exception) when (exception.Failure == RuntimeFailure.ImageNotFound && template.ImagePullPolicy == ImagePullPolicy.Never)
        {
            throw new RuntimeException(RuntimeFailure.ImageNotFound, $"{template.Image} is not on this machine, and imagePullPolicy is Never.", exception);
        }
        catch (RuntimeException exception) when (exception.Failure == RuntimeFailure.ImageNotFound)
        {
            await puller.PullAsync(template.Image, cancellationToken);
            return await CreateAndStartAsync(spec, cancellationToken);
        }
    }

    public Task StartAsync(string container, CancellationToken cancellationToken) =>
        InSlotAsync(() => runtime.Containers.StartAsync(container, cancellationToken), cancellationToken);

    public async Task KillAsync(string container, TimeSpan grace, CancellationToken cancellationToken)
    {
        try
        {
            await runtime.Containers.StopAsync(container, grace, cancellationToken);
        }
        catch (RuntimeException exception) when (exception.Failure == RuntimeFailure.NotFound)
        {
            // Gone is stopped.
        }
    }

    public Task RemoveAsync(string container, CancellationToken cancellationToken) =>
        InSlotAsync(() => runtime.Containers.RemoveAsync(container, force: true, cancellationToken), cancellationToken);

    /// <summary>Ends a pod: connections first, then its containers, then what is left of them.</summary>
    public async Task StopPodAsync(PodIdentity pod, TimeSpan grace, bool isRunning, CancellationToken cancellationToken)
    {
        if (isRunning)
        {
            var limit = grace * DrainShare;
            await drain(pod.Name, limit < LongestDrain ? limit : LongestDrain, cancellationToken);
        }

        // Asked of the engine and not of memory: a container that was being made until now is found as well.
        var filter = ContainerFilter.ByLabels($"{PodLabels.Uid}={pod.WorkUid}", $"{PodLabels.Pod}={pod.Name}");
        var containers = await runtime.Containers.ListAsync(filter, cancellationToken);
        await Task.WhenAll(containers.Where(container => container.State is ContainerState.Running or ContainerState.Paused or ContainerState.Restarting)
            .Select(container => KillAsync(container.Id, grace, cancellationToken)));
        await Task.WhenAll(containers.Select(container => RemoveAsync(container.Id, cancellationToken)));
    }

    private async Task<string> CreateAndStartAsync(Runtime.ContainerSpec spec, CancellationToken cancellationToken)
    {
        await _slots.WaitAsync(cancellationToken);
        try
        {
            var id = await CreateOrFindAsync(spec, cancellationToken);
            await runtime.Containers.StartAsync(id, cancellationToken);
            return id;
        }
        finally
        {
            _slots.Release();
        }
    }

    private async Task<string> CreateOrFindAsync(Runtime.ContainerSpec spec, CancellationToken cancellationToken)
    {
        try
        {
            return await runtime.Containers.CreateAsync(spec, cancellationToken);
        }
        catch (RuntimeException exception) when (exception.Failure == RuntimeFailure.Conflict)
        {
            var taken = await runtime.Containers.TryInspectAsync(spec.Name, cancellationToken);
            var isOurs = taken is not null && taken.Labels.GetValueOrDefault(PodLabels.Uid) == spec.Labels[PodLabels.Uid]
                && taken.Labels.GetValueOrDefault(PodLabels.Pod) == spec.Labels[PodLabels.Pod];
            if (!isOurs)
                throw;
            return taken!.Id;
        }
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
