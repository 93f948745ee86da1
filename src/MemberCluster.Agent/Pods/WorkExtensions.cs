using Federation.Api.Agents;

namespace MemberCluster.Agent.Pods;

internal static class WorkExtensions
{
    /// <summary>How many pods of a work a machine keeps or, of a Job, has running at the same time at most.</summary>
    public static int WantedPods(this Work work) => work.Mode switch
    {
        WorkMode.PerNode => 1,
        WorkMode.Completions => Math.Min(work.Completions?.Parallelism ?? 0, IndexSet.Parse(work.Completions?.Indexes).Count),
        _ => work.Replicas,
    };
}
