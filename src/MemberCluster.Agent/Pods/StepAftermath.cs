using MemberCluster.Agent.Reports;
using MemberCluster.Agent.Runtime;
using Microsoft.Extensions.Logging;

namespace MemberCluster.Agent.Pods;

/// <summary>Takes in what came of a step that ended: what was seen, and what it means for its pod and for the engine.</summary>
internal sealed partial class StepAftermath(
    PodBook book, ContainerTracker containers, EngineNews engine, PodPublisher publisher, AgentEvents events, SteadyClock clock, ILogger logger)
{
    /// <summary>A step that failed because the engine went away is not the pod's fault.</summary>
    private static readonly TimeSpan EngineRetry = TimeSpan.FromSeconds(1);

    public void TakeIn(string uid, PodState pod, PodStep step, StepOutcome outcome)
    {
        // Not where the step ends: until this message is read, the loop may still cancel it.
        step.Cancellation.Dispose();
        book.Touch(uid);
        containers.Learn(outcome, isFound: false);
        // A step that was ended early for another one has no say about the pod any more.
        if (pod.Step != step)
            return;
        pod.Step = null;
        var slot = SlotOf(step.Action);
        if (outcome.Failure is { } failure)
            Failed(pod, slot, failure);
        else if (step.Action is PodAction.Stop)
            Forget(uid, pod);
        else if (step.Action is PodAction.Run or PodAction.Start)
            Started(pod, slot, step.Action);
        else
            pod.Recover(slot);
    }

    private void Started(PodState pod, string slot, PodAction action)
    {
        pod.Recover(slot);
        events.OfPod(pod.Identity, isWarning: false, "Started", $"Started container {slot}");
        if (action is PodAction.Run)
            engine.OnCreated();
    }

    private void Failed(PodState pod, string slot, RuntimeException failure)
    {
        var now = clock.Now;
        var reason = Reasons.Of(failure);
        LogFailed(pod.Identity.Name, failure.Message);
        switch (failure.Failure)
        {
            case RuntimeFailure.EngineUnavailable:
                pod.Fail(slot, reason, failure.Message, now, EngineRetry);
                break;
            case RuntimeFailure.DiskFull:
                pod.Fail(slot, reason, failure.Message, now, TimeSpan.Zero);
                engine.OnDiskFull(reason, failure.Message, now);
                break;
            default:
                pod.Fail(slot, reason, failure.Message, now);
                events.OfPod(pod.Identity, isWarning: true, reason, failure.Message);
                break;
        }
    }

    private void Forget(string uid, PodState pod)
    {
        var state = book.Uids[uid];
        containers.DropPod(state, pod.Identity.Name);
        state.Pods.Remove(pod.Identity.Name);
        publisher.RemovePod(pod.Identity);
    }

    private static string SlotOf(PodAction action) => action switch
    {
        PodAction.Run run => run.Slot,
        PodAction.Start start => start.Slot,
        _ => "",
    };

    [LoggerMessage(EventId = 503, Level = LogLevel.Warning, Message = "{Pod}: {Problem}")]
    private partial void LogFailed(string pod, string problem);
}
