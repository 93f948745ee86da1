using Federation.Api.Meta;
using Federation.Api.Pods;

namespace MemberCluster.Agent.ClusterRole;

/// <summary>What a reported pod says of itself. Pure.</summary>
internal static class PodReadiness
{
    public static bool IsReady(Pod pod) => pod.Status.Conditions.IsTrue(PodConditions.Ready);

    /// <summary>A pod on a node that is not heard of: nobody knows whether it serves.</summary>
    public static Pod Unknown(Pod pod, string message, DateTimeOffset since) => pod with
    {
        Status = pod.Status with
        {
            Conditions = pod.Status.Conditions.With(
                new Condition { Type = PodConditions.Ready, Status = ConditionStatus.False, Reason = "NodeLost", Message = message }, since),
        },
    };
}
