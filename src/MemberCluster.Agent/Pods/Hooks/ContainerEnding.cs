using System.Collections.Immutable;
using Federation.Api;
using Federation.Api.Apps;
using MemberCluster.Agent.Reports;
using MemberCluster.Agent.Runtime;

namespace MemberCluster.Agent.Pods.Hooks;

/// <summary>Ends a container: its preStop hook, the stop signal, the kill, all within one grace period.</summary>
internal sealed class ContainerEnding(PodHooks hooks, IContainers containers, AgentEvents events, TimeProvider time)
{
    /// <summary>A hook that used up the grace period leaves the process this much to end by itself.</summary>
    private static readonly TimeSpan LeastAfterHook = TimeSpan.FromSeconds(2);

    /// <param name="pod">Whose container it is.</param>
    /// <param name="template">Of the pod; null when nobody holds it any more: then its hooks are not known either.</param>
    /// <param name="slot">The container's name in the template.</param>
    /// <param name="container">The engine's id.</param>
    /// <param name="grace">From now to the kill.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    public async Task EndAsync(PodIdentity pod, PodSpec? template, string slot, string container, TimeSpan grace, CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        if (grace > TimeSpan.Zero && template?.Find(slot) is { Lifecycle.PreStop: { } hook } spec)
        {
            if (await hooks.RunAsync(hook, container, spec, grace, cancellationToken) is { } problem)
                events.OfPod(pod, isWarning: true, Reasons.FailedPreStopHook, $"The preStop hook of container {slot} failed: {problem}");
        }

        var least = grace < LeastAfterHook ? grace : LeastAfterHook;
        var left = grace - time.GetElapsedTime(began);
        try
        {
            await containers.StopAsync(container, left > least ? left : least, cancellationToken);
        }
        catch (RuntimeException exception) when (exception.Failure == RuntimeFailure.NotFound)
        {
            // Gone is stopped.
        }
    }

    /// <summary>Ends all of them at the same time, each by its own hook.</summary>
    public Task EndAllAsync(PodIdentity pod, PodSpec? template, ImmutableArray<ContainerSummary> running, TimeSpan grace, CancellationToken cancellationToken) =>
        Task.WhenAll(running.Select(container =>
            EndAsync(pod, template, container.Labels.GetValueOrDefault(PodLabels.Container, ""), container.Id, grace, cancellationToken)));
}
