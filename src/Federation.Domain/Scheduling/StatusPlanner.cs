using System.Collections.Immutable;
using Federation.Api;
using Federation.Api.Apps;
using Federation.Api.Meta;
using Federation.Domain.DnsRecords;
using Federation.Domain.Scheduling.Placing;

namespace Federation.Domain.Scheduling;

/// <summary>Says in the app's status what was decided and how far the clusters are.</summary>
internal static class StatusPlanner
{
    public static AppStatus Plan(App app, Placement placement, SharePlan shares, ImmutableArray<ClusterSnapshot> clusters, DateTimeOffset now)
    {
        var ready = PlacedShares.ReadyClusters(shares.Next, clusters);
        var hash = TemplateHash.Of(app.Spec.Template);
        var counted = Count(app, shares.Next, ready);
        var decision = DecisionPlanner.Plan(app, placement, shares, clusters, counted.ReadyReplicas, now);
        var generation = app.Metadata.Generation;
        return counted with
        {
            Placement = decision,
            LongestTtl = NameTtl.Next(app, now),
            Conditions = app.Status.Conditions
                .With(ConditionPlanner.Placed(placement) with { ObservedGeneration = generation }, now)
                .With(ConditionPlanner.Available(placement.Wanted, counted.ReadyReplicas, shares.Next, ready) with { ObservedGeneration = generation }, now)
                .With(ConditionPlanner.Converged(shares.Next, ready, hash) with { ObservedGeneration = generation }, now),
        };
    }

    public static AppStatus PlanDeletion(App app, DeletionPlan deletion, DateTimeOffset now) => Count(app, deletion.Shares, deletion.Ready) with
    {
        Conditions = app.Status.Conditions.With(ConditionPlanner.Deleting(deletion.Shares) with { ObservedGeneration = app.Metadata.Generation }, now),
    };

    private static AppStatus Count(App app, IReadOnlyList<ClusterShare> shares, HashSet<string> ready)
    {
        var counts = PlacedShares.Count(shares, ready);
        return app.Status with
        {
            ObservedGeneration = app.Metadata.Generation,
            Replicas = counts.Wanted,
            RunningReplicas = counts.Running,
            ReadyReplicas = counts.Ready,
            UpdatedReplicas = counts.Updated,
            Selector = $"{PodLabels.Uid}={app.Metadata.Uid}",
            Clusters = shares,
        };
    }
}
