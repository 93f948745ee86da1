using MemberCluster.Agent.Pets;
using MemberCluster.Agent.Reports;
using MemberCluster.Agent.Volumes;
using MemberCluster.Agent.Works;

namespace MemberCluster.Agent.Pods;

/// <summary>Holds what is known of a uid against the work that is held for it: plans, has the steps prepared, and publishes how it stands.</summary>
internal sealed class PodReconciler(
    PodBook book, WorkShelf shelf, StepStarter steps, PodPublisher publisher, EngineNews engine, FenceGuard guard, EpochKeep epochs, VolumeKeeper volumes, Func<string> newUid, SteadyClock clock)
{
    public void Reconcile(string uid)
    {
        // Before the works: what the permission waits for is in them.
        var fence = guard.View;
        var works = shelf.Book;
        var held = works.Held.GetValueOrDefault(uid);
        var elsewhere = works.Endpoints.GetValueOrDefault(uid);
        if (WorkExtensions.IsOfSnapshots(held))
            return;
        if (held is null && !book.Uids.ContainsKey(uid))
        {
            publisher.PublishTraffic(uid, held, elsewhere, [], engine.Settings);
            return;
        }

        var state = book.Open(uid);
        state.Hold(held);
        // Without an engine there is nothing to look for: what was due stays due until it is back, and everything is planned then.
        state.NextLook = null;
        var isConverged = engine.IsUsable && Plan(uid, state, held, fence);
        Guard(uid, state, held);
        var pods = state.Observe();
        publisher.PublishProbes(uid, state, pods);
        publisher.PublishTraffic(uid, held, elsewhere, pods, engine.Settings);
        if (held is null && pods.IsEmpty)
        {
            publisher.RemoveWork(uid);
            epochs.Forget(uid);
            book.Close(uid);
            return;
        }

        var facts = new PetFacts(
            fence, epochs.Of(uid), shelf.StoredWork(uid), engine.IsKnown, ordinal => volumes.IsDiscarded(uid, ordinal), copy => volumes.StatusOf(uid, copy));
        publisher.PublishStatus(uid, state, held, pods, engine.Settings, isConverged, engine.Trouble, facts, clock.Now);
    }

    /// <summary>What may not outlive the permission is known to the watchdog, whatever is planned.</summary>
    private void Guard(string uid, UidState state, HeldWork? held)
    {
        if (held?.Work?.Pets is { IsFenced: true, Run.Count: > 0 })
            guard.Expect();
        var (pets, exempt) = PetRules.GuardedOf(held, state);
        guard.Set(uid, pets, exempt);
    }

    /// <summary>Plans, and takes note of the steps; they start after the turn's last word on traffic. True when nothing is left to do.</summary>
    private bool Plan(string uid, UidState state, HeldWork? held, Fence fence)
    {
        DesiredPods desired = held switch
        {
            { Tombstone: { } tombstone } => new DesiredPods.Remove(tombstone.Reason is "" ? "Deleted" : tombstone.Reason),
            { Work: { } work } => new DesiredPods.Run(work),
            _ => new DesiredPods.Unheld(),
        };
        var context = new PlanContext(clock.Now, engine.Settings.NameScope, engine.PausedUntil) { Fence = fence, Epochs = epochs.Of(uid) };
        var plan = PodPlanner.Plan(desired, state.Observe(), context);
        var creations = plan.Actions.OfType<PodAction.Create>().ToList();
        foreach (var create in creations)
        {
            var made = held!.Work!;
            state.Pods[create.Pod] = new PodState(PodContainers.NewIdentity(made.AsOf(create.TemplateHash ?? made.TemplateHash), create, newUid()));
        }

        if (creations.Count > 0)
            plan = PodPlanner.Plan(desired, state.Observe(), context);

        foreach (var action in plan.Actions.Where(action => state.Pods.ContainsKey(action.Pod)))
            steps.Prepare(uid, state, held?.Work, action, engine.Settings);
        foreach (var pod in state.Pods.Values.Where(pod => pod.Step is null && pod.LookAgain.Count > 0))
        {
            foreach (var container in pod.LookAgain)
                steps.Look(container);
            pod.LookAgain.Clear();
        }

        // A step that failed may not be wanted any more, so that it never succeeds: an engine that went away had done it after all, or somebody else did.
        if (plan.IsConverged)
        {
            foreach (var pod in state.Pods.Values)
                pod.Recover();
        }

        state.IsHeldBack = plan.IsHeldBack;
        state.NextLook = plan.NextLook;
        return plan.IsConverged;
    }
}
