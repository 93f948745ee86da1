using System.Collections.Immutable;
using Federation.Api;
using Federation.Api.Apps;
using Federation.Api.Meta;
using Federation.Domain.Scheduling.Placing;

namespace Federation.Domain.Scheduling;

/// <summary>Says in the app's status what was decided and how far the clusters are.</summary>
internal static class StatusPlanner
{
    public static AppStatus Plan(App app, Placement placement, SharePlan shares, ImmutableArray<ClusterSnapshot> clusters, DateTimeOffset now)
    {
        var ready = ReadyClusters(shares.Next, clusters);
        var hash = TemplateHash.Of(app.Spec.Template);
        var counted = Count(app, shares.Next, ready);
        var decision = DecisionPlanner.Plan(app, placement, shares, clusters, counted.ReadyReplicas, now);
        var generation = app.Metadata.Generation;
        return counted with
        {
            Placement = decision,
            Conditions = app.Status.Conditions
                .With(ConditionPlanner.Placed(placement) with { ObservedGeneration = generation }, now)
                .With(ConditionPlanner.Available(placement.Wanted, counted.ReadyReplicas, shares.Next, ready) with { ObservedGeneration = generation }, now)
                .With(ConditionPlanner.Converged(shares.Next, ready, hash) with { ObservedGeneration = generation }, now),
        };
    }

    public static AppStatus PlanDeletion(App app, IReadOnlyList<ClusterShare> shares, Dictionary<string, ClusterSnapshot> clusters, DateTimeOffset now)
    {
        var counted = Count(app, shares, [.. shares.Select(share => share.Cluster).Where(name => clusters[name].IsReady)]);
        return counted with
        {
            Conditions = app.Status.Conditions.With(
                ConditionPlanner.Deleting(shares) with { ObservedGeneration = app.Metadata.Generation }, now),
        };
    }

    /// <remarks>What a cluster that is not Ready last said about its pods is no longer known to be so, and is not counted.</remarks>
    private static AppStatus Count(App app, IReadOnlyList<ClusterShare> shares, HashSet<string> ready)
    {
        var (replicas, running, readyPods, updated) = (0, 0, 0, 0);
        foreach (var share in shares)
        {
            replicas += share.Replicas;
            if (!ready.Contains(share.Cluster))
                continue;
            running += share.Running;
            updated += share.Updated;
            readyPods += share.Phase == SharePhase.Active ? share.Ready : 0;
        }

        return app.Status with
        {
            ObservedGeneration = app.Metadata.Generation,
            Replicas = replicas,
            RunningReplicas = running,
            ReadyReplicas = readyPods,
            UpdatedReplicas = updated,
            Selector = $"{PodLabels.Uid}={app.Metadata.Uid}",
            Clusters = shares,
        };
    }

    private static HashSet<string> ReadyClusters(IReadOnlyList<ClusterShare> shares, ImmutableArray<ClusterSnapshot> clusters)
    {
        var ready = new HashSet<string>(shares.Count);
        var next = 0;
        foreach (var cluster in clusters)
        {
            if (next == shares.Count)
                break;
            if (shares[next].Cluster != cluster.Name)
                continue;
            if (cluster.IsReady)
                ready.Add(cluster.Name);
            next++;
        }

        return ready;
    }
}
