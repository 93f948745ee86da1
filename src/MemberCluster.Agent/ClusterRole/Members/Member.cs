using Federation.Api.Agents;
using Federation.Api.Clusters;
using Federation.Api.Meta;
using Federation.Api.Nodes;
using Federation.Api.Pods;
using MemberCluster.Agent.ClusterRole.Hub;
using MemberCluster.Agent.Works;

namespace MemberCluster.Agent.ClusterRole.Members;

/// <summary>One node as the cluster agent knows it: what it last reported, and when. Used by one thread.</summary>
internal sealed class Member(string name, string host, NodeOutbox outbox)
{
    /// <summary>In the federation: <c>&lt;cluster&gt;.&lt;host&gt;</c>.</summary>
    public string Name => name;

    /// <summary>Within the cluster.</summary>
    public string Host => host;

    public NodeOutbox Outbox => outbox;

    /// <summary>The reporting session and how far it came; null before the first full report.</summary>
    public (string Session, long Sequence)? Reported { get; set; }

    /// <summary>How far it has stored its stream of works, as it last said.</summary>
    public StreamPosition Applied { get; set; } = StreamPosition.Start;

    /// <summary>Monotonic; null: not in this life of the cluster agent.</summary>
    public long? HeardAt { get; set; }

    /// <summary>It stops on purpose; its pods go on.</summary>
    public bool IsLeaving { get; set; }

    public Dictionary<string, WorkStatus> Works { get; } = [];

    public Dictionary<PodName, Pod> Pods { get; } = [];

    public Dictionary<PodName, PodUsage> Usage { get; } = [];

    public Node? Node { get; set; }

    public ClusterInventory? Inventory { get; set; }

    /// <summary>Null: it is heard of and its engine takes work.</summary>
    public NotReady? NotReady { get; set; }

    public DateTimeOffset? ReadySince { get; set; }

    /// <summary>What people want of it.</summary>
    public NodeSettings? Wishes { get; set; }

    /// <summary>It takes nothing new.</summary>
    public bool IsClosed => Wishes is { Unschedulable: true } or { Drain: true } || Node?.Spec.Unschedulable == true;

    /// <summary>It is heard of. What it says of its pods counts, also while its engine refuses new ones.</summary>
    public bool IsHeard => NotReady is not { IsSilent: true };

    public string? Address => Inventory?.Addresses is [var first, ..] ? first : null;

    /// <summary>As it describes itself; only its name is known of one that was not heard of in this life.</summary>
    public Node Described => Node ?? new Node { Metadata = new ObjectMeta { Name = name } };

    public int PodsOf(string uid) => Pods.Values.Count(pod => pod.Metadata.Labels.GetValueOrDefault(Federation.Api.PodLabels.Uid) == uid);
}

/// <summary>Why a node is not Ready.</summary>
/// <param name="IsSilent">It is not heard of: what it last said of its pods is not true any more.</param>
internal sealed record NotReady(DateTimeOffset Since, bool IsSilent, string Reason, string Message);
