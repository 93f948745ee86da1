using Federation.Api;
using Federation.Api.Agents;
using Federation.Api.Clusters;
using Federation.Api.Nodes;
using Federation.Api.Pods;
using MemberCluster.Agent.Works;

namespace MemberCluster.Agent.ClusterRole.Members;

/// <summary>Takes a node's report into what is known of the node. A node speaks of itself, its own pods and works, and of nothing else.</summary>
internal static class MemberIntake
{
    /// <summary>More than one machine can run; a report above it is not from an agent.</summary>
    public const int MostPods = 10_000;

    public const int MostWorks = 10_000;

    public const int MostEvents = 500;

    /// <summary>Why the report is refused as a whole; null: it may be taken.</summary>
    /// <param name="member">Who reports.</param>
    /// <param name="report">What it says.</param>
    /// <param name="ownerOf">Whose pod a name is; null: nobody's.</param>
    public static string? Refuse(Member member, Report report, Func<PodName, Member?> ownerOf)
    {
        if (report.Nodes?.FirstOrDefault(node => node.Metadata.Name != member.Name) is { } node)
            return $"node {member.Name} may not report node {node.Metadata.Name}";
        if (report.Nodes is { Count: > 1 } || report.Pods.Count > MostPods || report.Works.Count > MostWorks)
            return $"node {member.Name} reports more than one node can run";
        foreach (var pod in report.Pods)
        {
            var name = NameOf(pod);
            if (pod.Spec.NodeName != member.Name || (IsOfAnother(member, ownerOf(name)) && !IsOfPet(pod)))
                return $"node {member.Name} may not report pod {name.Namespace}/{name.Name}: it is not on that node";
        }

        foreach (var occurrence in report.Events)
        {
            var isForeign = occurrence.Kind switch
            {
                Pod.KindName => ownerOf(new PodName(occurrence.Namespace, occurrence.Name)) is { } owner && IsOfAnother(member, owner)
                    && !HadPet(member, report, owner.Pods.GetValueOrDefault(new PodName(occurrence.Namespace, occurrence.Name))),
                Node.KindName => occurrence.Name != member.Name,
                _ => false,
            };
            if (isForeign)
                return $"node {member.Name} may not report events of {occurrence.Kind} {occurrence.Name}";
        }

        return null;
    }

    /// <summary>A report that follows the last one, or that says everything.</summary>
    public static bool IsExpected(Member member, Report report) =>
        report.Full || (member.Reported is { } reported && reported == (report.Session, report.Sequence - 1));

    /// <param name="member">Who reports.</param>
    /// <param name="report">What it says.</param>
    /// <param name="ownerOf">Whose pod a name is; null: nobody's.</param>
    /// <param name="isCluster">The machine is all that there is of the cluster: what it says of the cluster stands.</param>
    public static MemberChanges Take(Member member, Report report, Func<PodName, Member?> ownerOf, bool isCluster)
    {
        member.Reported = (report.Session, report.Sequence);
        member.Applied = new StreamPosition(report.AppliedStore, report.AppliedRevision);
        var changes = new MemberChanges();
        if (report.Full)
        {
            changes.Uids.UnionWith(member.Works.Keys);
            var named = report.Pods.Select(NameOf).ToHashSet();
            changes.Removed.AddRange(member.Pods.Keys.Where(name => !named.Contains(name)));
            member.Works.Clear();
            member.Usage.Clear();
        }

        foreach (var work in report.Works)
        {
            member.Works[work.Uid] = work;
            changes.Uids.Add(work.Uid);
        }

        changes.Removed.AddRange(report.RemovedPods.Where(member.Pods.ContainsKey));
        foreach (var name in changes.Removed)
        {
            changes.Uids.Add(UidOf(member.Pods[name]));
            member.Pods.Remove(name);
            member.Usage.Remove(name);
        }

        foreach (var pod in report.Pods.Where(pod => !IsOfAnother(member, ownerOf(NameOf(pod)))))
        {
            member.Pods[NameOf(pod)] = pod;
            changes.Set.Add(pod);
            changes.Uids.Add(UidOf(pod));
        }

        if (report.Inventory is not null || report.Nodes is not null)
        {
            member.Inventory = report.Inventory ?? member.Inventory;
            member.Node = report.Nodes is [var node] ? node : member.Node;
            changes.IsNodeChanged = true;
        }

        foreach (var usage in report.Usage?.Pods ?? [])
        {
            var name = new PodName(usage.Namespace, usage.Name);
            if (member.Pods.ContainsKey(name))
                member.Usage[name] = usage;
        }

        changes.Events.AddRange(report.Events.TakeLast(MostEvents).Where(occurrence => isCluster && occurrence.Kind == Cluster.KindName || IsConcern(member, occurrence)));
        return changes;
    }

    public static PodName NameOf(Pod pod) => new(pod.Metadata.Namespace ?? "", pod.Metadata.Name);

    public static string UidOf(Pod pod) => pod.Metadata.Labels.GetValueOrDefault(PodLabels.Uid, "");

    /// <summary>A machine that got another name reports the pods of its old one, which is never heard of again.</summary>
    private static bool IsOfAnother(Member member, Member? owner) => owner is not null && owner != member && owner.IsHeard;

    /// <summary>A pet has the same name wherever it runs: a node that lost it to another may still have what is left of its pod. That is the other node's to report, and is left out.</summary>
    private static bool IsOfPet(Pod pod) => pod.Metadata.Labels.ContainsKey(PodLabels.Epoch);

    /// <summary>A pet of another node, of a set that this node takes part in: how it ended here is told when it runs there already.</summary>
    private static bool HadPet(Member member, Report report, Pod? pod) =>
        pod is not null && IsOfPet(pod) && (member.Works.ContainsKey(UidOf(pod)) || report.Works.Any(work => work.Uid == UidOf(pod)));

    private static bool IsConcern(Member member, AgentEvent occurrence) =>
        occurrence.Kind is Pod.KindName or Node.KindName || (occurrence.Uid is { } uid && member.Works.ContainsKey(uid));
}

/// <summary>What a report changed.</summary>
internal sealed class MemberChanges
{
    public HashSet<string> Uids { get; } = [];
    public List<Pod> Set { get; } = [];
    public List<PodName> Removed { get; } = [];
    public List<AgentEvent> Events { get; } = [];
    public bool IsNodeChanged { get; set; }
}
