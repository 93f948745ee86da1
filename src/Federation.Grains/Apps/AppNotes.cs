using Federation.Api.Apps;
using Federation.Grains.Events;

namespace Federation.Grains.Apps;

/// <summary>Says in events what a plan decided.</summary>
internal static class AppNotes
{
    public static IEnumerable<EventNote> Of(App app, AppStatus next)
    {
        var before = app.Status.Clusters.ToDictionary(share => share.Cluster);
        foreach (var share in next.Clusters)
        {
            if (Describe(before.GetValueOrDefault(share.Cluster), share) is var (reason, message))
                yield return EventNote.On(app, reason, message, isWarning: reason == EventReasons.FailedOver);
        }

        var unplaced = next.Placement?.Unplaced ?? 0;
        if (unplaced > 0 && unplaced != app.Status.Placement?.Unplaced)
            yield return EventNote.On(app, EventReasons.Unplaceable, $"{unplaced} replicas found no cluster.", isWarning: true);
    }

    private static (string Reason, string Message)? Describe(ClusterShare? before, ClusterShare after) => (before?.Phase, after.Phase) switch
    {
        (SharePhase.Active, SharePhase.Active) when before!.Replicas != after.Replicas =>
            (EventReasons.ScaledShare, $"{after.Cluster} runs {after.Replicas} replicas instead of {before.Replicas}."),
        (SharePhase.Away, SharePhase.Active) => (EventReasons.Returned, $"{after.Cluster} is used again and runs {after.Replicas} replicas."),
        (not (SharePhase.Active or SharePhase.Leaving), SharePhase.Active) => (EventReasons.Placed, $"{after.Cluster} runs {after.Replicas} replicas."),
        (SharePhase.Active or SharePhase.Leaving, SharePhase.Away) => (EventReasons.FailedOver, $"{after.Cluster} has been away too long; its {before!.Replicas} replicas are taken from it."),
        (SharePhase.Leaving, SharePhase.Active) => (EventReasons.Returned, $"{after.Cluster} stays and runs {after.Replicas} replicas."),
        (SharePhase.Active, SharePhase.Leaving) => (EventReasons.Leaving, $"{after.Cluster} serves until as many pods are ready elsewhere and no resolver holds an answer that names it."),
        (SharePhase.Active or SharePhase.Away or SharePhase.Leaving, SharePhase.Withdrawing) => (EventReasons.Withdrawn, $"{after.Cluster} was told to remove the app."),
        _ => null,
    };
}
