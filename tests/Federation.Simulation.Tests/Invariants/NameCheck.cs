using Federation.Api.Apps;
using Federation.Api.Clusters;
using Federation.Api.Meta;
using Federation.Domain.DnsRecords;

namespace Federation.Simulation.Tests.Invariants;

/// <summary>Clients are sent to whom they find, and whoever stops on purpose is left alone by then. What is deleted stops at once.</summary>
internal sealed class NameCheck(Func<TimeSpan> now, Action<string, string> fail)
{
    /// <summary>When an app's names last led to a cluster although they had another one to lead to.</summary>
    private readonly Dictionary<(string Uid, string Cluster), TimeSpan> _named = [];

    /// <param name="before">Null: it is new.</param>
    public void Committed(App? before, App app, IReadOnlyDictionary<string, Cluster> clusters)
    {
        foreach (var share in app.IsDeleting ? [] : before?.Shares ?? [])
        {
            if (share is { Phase: SharePhase.Active or SharePhase.Leaving, Ready: > 0 } && app.Shares.Any(next => next.Cluster == share.Cluster && next is { Phase: SharePhase.Withdrawing, Ready: > 0 })
                && _named.TryGetValue((app.Metadata.Uid ?? "", share.Cluster), out var at) && now() - at < TimeSpan.FromSeconds(NameTtl.Of(app)))
                fail("NamesLeaveFirst", $"{app.Key} is withdrawn from {share.Cluster} {(now() - at).TotalSeconds} s after its name led there");
        }

        Look(app, clusters);
    }

    /// <summary>Something about the app or the clusters may have changed.</summary>
    public void Look(App app, IReadOnlyDictionary<string, Cluster> clusters)
    {
        if (app.Exposed.Count == 0 || app.IsDeleting)
            return;
        var plan = DnsPlanner.Plan(app, clusters);
        var serving = app.Shares.Where(share => share is { Phase: SharePhase.Active, Replicas: > 0, Ready: > 0 } && clusters.GetValueOrDefault(share.Cluster)?.Status.Conditions.IsTrue(ClusterConditions.Ready) == true).ToList();
        if (serving.Count > 0 && (plan.Names.IsEmpty || plan.Names[0].Addresses.IsEmpty))
            fail("NamesNeverEmpty", $"{app.Key} has ready pods in {serving[0].Cluster}, and its name no address");
        foreach (var cluster in plan.Clusters.Where(cluster => cluster.IsAnswered && cluster.Reason is DnsReasons.Serving or DnsReasons.TakesTheRest))
            _named[(app.Metadata.Uid ?? "", cluster.Cluster)] = now();
    }
}
