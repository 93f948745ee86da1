using System.Collections.Immutable;
using System.Diagnostics;
using Federation.Api.Agents;
using Federation.Api.Apps;
using MemberCluster.Agent.Engine;
using MemberCluster.Agent.Runtime;

namespace MemberCluster.Agent.Pods;

/// <summary>What is known after a step.</summary>
/// <param name="Seen">Containers looked at after it, with when each look began.</param>
/// <param name="Gone">Containers that do not exist any more.</param>
/// <param name="Failure">Why it failed; null when it did not.</param>
internal sealed record StepOutcome(ImmutableArray<(Container Container, long Tick)> Seen, ImmutableArray<string> Gone, RuntimeException? Failure)
{
    public static StepOutcome Nothing { get; } = new([], [], null);
}

/// <summary>Takes one step and looks at what came of it. Failures are values.</summary>
internal sealed class StepRunner(PodExecutor executor, IContainers containers, Ticks ticks)
{
    /// <param name="pod">The pod it is about.</param>
    /// <param name="work">Its work; null when none is held, for steps that need none.</param>
    /// <param name="template">The pod was made from; null when nobody holds it.</param>
    /// <param name="action">The step.</param>
    /// <param name="settings">Of the cluster.</param>
    /// <param name="isRunning">The pod may have connections.</param>
    /// <param name="cancellationToken">Ends the step early.</param>
    public async Task<StepOutcome> TakeAsync(
        PodIdentity pod, Work? work, PodSpec? template, PodAction action, PodSettings settings, bool isRunning, CancellationToken cancellationToken)
    {
        try
        {
            switch (action)
            {
                case PodAction.Run run:
                    return await LookAsync(await executor.RunAsync(pod, work!, run, settings, cancellationToken), failure: null, cancellationToken);
                case PodAction.Start start:
                    await executor.StartAsync(pod, template, start, settings, cancellationToken);
                    return await LookAsync(start.Container, failure: null, cancellationToken);
                case PodAction.Kill kill:
                    await executor.KillAsync(pod, template, kill, cancellationToken);
                    return await LookAsync(kill.Container, failure: null, cancellationToken);
                case PodAction.Remove remove:
                    await executor.RemoveAsync(remove.Container, cancellationToken);
                    return new StepOutcome([], [remove.Container], null);
                case PodAction.Stop stop:
                    await executor.StopPodAsync(pod, template, stop.Grace, isRunning && stop.Drains, cancellationToken);
                    return StepOutcome.Nothing;
                default:
                    throw new UnreachableException($"No step for {action.GetType().Name}.");
            }
        }
        catch (RuntimeException exception)
        {
            return await LookAfterFailureAsync(pod, action, exception, cancellationToken);
        }
    }

    public async Task<StepOutcome> LookAsync(string container, RuntimeException? failure, CancellationToken cancellationToken)
    {
        var tick = ticks.Next();
        try
        {
            var seen = await containers.TryInspectAsync(container, cancellationToken);
            return seen is null ? new StepOutcome([], [container], failure) : new StepOutcome([(seen, tick)], [], failure);
        }
        catch (RuntimeException exception)
        {
            return new StepOutcome([], [], failure ?? exception);
        }
    }

    /// <summary>A container that was made and could not be started is there, and must be known.</summary>
    private async Task<StepOutcome> LookAfterFailureAsync(PodIdentity pod, PodAction action, RuntimeException failure, CancellationToken cancellationToken)
    {
        var container = action switch
        {
            PodAction.Run run => PodContainers.NameOf(pod, run.Slot, run.Restarts),
            PodAction.Start start => start.Container,
            PodAction.Kill kill => kill.Container,
            _ => null,
        };
        if (container is null || failure.Failure == RuntimeFailure.EngineUnavailable)
            return new StepOutcome([], [], failure);
        var outcome = await LookAsync(container, failure, cancellationToken);
        // What a name does not lead to is no container that was known by it.
        return action is PodAction.Run ? outcome with { Gone = [] } : outcome;
    }
}
