using Federation.Api.Agents;
using MemberCluster.Agent.Reports;
using MemberCluster.Agent.Runtime;
using Microsoft.Extensions.Logging;

namespace MemberCluster.Agent.Pods;

/// <summary>Takes note of steps and looks during a turn, starts them at its end, and brings what came of them back into the loop.</summary>
internal sealed partial class StepStarter(
    SerialLoop loop, StepRunner runner, ContainerTracker containers, StepAftermath aftermath, AgentEvents events, TimeProvider time, ILogger logger)
{
    private readonly List<Action> _starts = [];

    /// <summary>The pod is busy with the step from now on. A stop ends the step before it early; every step waits until the one before it is done.</summary>
    public void Prepare(string uid, UidState state, Work? work, PodAction action, PodSettings settings)
    {
        var pod = state.Pods[action.Pod];
        var before = pod.Step;
        var isRunning = state.Containers.Values.Any(known => known.Pod == action.Pod && known.Container.State == Runtime.ContainerState.Running);
        if (action is PodAction.Stop stop)
        {
            if (pod.StoppingSince is null)
                events.OfPod(pod.Identity, isWarning: false, "Killing", $"Stopping: {stop.Why}");
            pod.StoppingSince ??= time.GetUtcNow();
            pod.MustHurry = false;
            before?.Cancellation.Cancel();
        }

        work = work?.AsOf(pod.Identity.TemplateHash);
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var step = new PodStep(action, CancellationTokenSource.CreateLinkedTokenSource(loop.Stopping), done.Task);
        pod.Step = step;
        var template = state.Templates.GetValueOrDefault(pod.Identity.TemplateHash)?.Spec;
        LogStep(action);
        _starts.Add(() => _ = TakeAsync());

        async Task TakeAsync()
        {
            try
            {
                if (before is not null)
                    await before.Done;
                Ended(await runner.TakeAsync(pod.Identity, work, template, action, settings, isRunning, step.Cancellation.Token));
            }
            catch (OperationCanceledException)
            {
                Ended(StepOutcome.Nothing);
            }
            catch (Exception exception)
            {
                // A step that fails in a way nobody foresaw must not leave its pod busy for ever.
                LogUnforeseen(exception, action.Pod, action.GetType().Name);
                var failure = new RuntimeException(RuntimeFailure.EngineFault, exception.Message, exception);
                Ended(StepOutcome.Nothing with { Failure = failure });
            }
            finally
            {
                done.TrySetResult();
            }
        }

        void Ended(StepOutcome outcome) => loop.Post(() => aftermath.TakeIn(uid, pod, step, outcome));
    }

    public void Look(string container) => _starts.Add(() => _ = LookAsync(container));

    public void StartAll()
    {
        foreach (var start in _starts)
            start();
        _starts.Clear();
    }

    private async Task LookAsync(string container)
    {
        try
        {
            var outcome = await runner.LookAsync(container, failure: null, loop.Stopping);
            loop.Post(() => containers.Learn(outcome, isFound: true));
        }
        catch (OperationCanceledException)
        {
            // The agent ends.
        }
    }

    [LoggerMessage(EventId = 502, Level = LogLevel.Debug, Message = "Step: {Action}")]
    private partial void LogStep(PodAction action);

    [LoggerMessage(EventId = 504, Level = LogLevel.Error, Message = "{Pod}: {Step} failed in a way that was not foreseen")]
    private partial void LogUnforeseen(Exception exception, string pod, string step);
}
