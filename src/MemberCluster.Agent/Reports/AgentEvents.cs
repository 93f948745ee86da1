using Federation.Api.Agents;
using Federation.Api.Nodes;
using MemberCluster.Agent.Pods;

namespace MemberCluster.Agent.Reports;

/// <summary>Makes the events that agents tell, about pods, works and the cluster itself.</summary>
internal sealed class AgentEvents(ReportContents contents, Action poke, string cluster, TimeProvider time)
{
    public void OfPod(PodIdentity pod, bool isWarning, string reason, string message) =>
        Raise(new AgentEvent { Kind = "Pod", Namespace = pod.Namespace, Name = pod.Name, Uid = pod.Uid }, isWarning, reason, message);

    public void OfWork(WorkStatus work, bool isWarning, string reason, string message) =>
        Raise(new AgentEvent { Kind = work.Kind, Namespace = work.Namespace, Name = work.Name, Uid = work.Uid }, isWarning, reason, message);

    /// <summary>About the machine; nothing while it was never seen.</summary>
    public void OfNode(Node? node, bool isWarning, string reason, string message)
    {
        if (node is not null)
            Raise(new AgentEvent { Kind = Node.KindName, Name = node.Metadata.Name, Uid = node.Metadata.Uid }, isWarning, reason, message);
    }

    public void OfCluster(bool isWarning, string reason, string message) =>
        Raise(new AgentEvent { Kind = "Cluster", Name = cluster }, isWarning, reason, message);

    private void Raise(AgentEvent about, bool isWarning, string reason, string message)
    {
        var now = time.GetUtcNow();
        contents.Raise(about with { Type = isWarning ? "Warning" : "Normal", Reason = reason, Message = message, FirstSeen = now, LastSeen = now });
        poke();
    }
}
