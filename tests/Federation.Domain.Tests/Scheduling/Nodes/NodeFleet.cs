using System.Collections.Immutable;
using Federation.Api.Agents;
using Federation.Api.Apps;
using Federation.Api.Quantities;
using Federation.Domain.Scheduling;
using Federation.Domain.Scheduling.Nodes;

namespace Federation.Domain.Tests.Scheduling.Nodes;

/// <summary>A handful of nodes and one work, whose plans are carried out as node agents would.</summary>
internal sealed class NodeFleet
{
    private readonly SortedDictionary<string, NodeSnapshot> _nodes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<Pod>> _pods = [];
    private readonly Dictionary<string, WorkStatus> _reports = [];
    private readonly List<PendingEviction> _evictions = [];
    private long _revision = 1;
    private int _names;

    public NodeFleet(Work work, params NodeSnapshot[] nodes)
    {
        Work = work;
        foreach (var node in nodes)
            Set(node);
    }

    public Work Work { get; set; }
    public DateTimeOffset Now { get; private set; } = TestApps.Start;
    public ImmutableArray<NodeShare> Shares { get; private set; } = [];
    public ImmutableArray<NodeFailure> Failures { get; private set; } = [];
    public IEnumerable<NodeSnapshot> Nodes => _nodes.Values;
    public NodeSnapshot this[string name] => _nodes[name];

    /// <summary>Pods that this node can never make ready.</summary>
    public HashSet<string> Broken { get; } = [];

    public IEnumerable<Pod> Pods => _pods.Values.SelectMany(pods => pods);
    public int ReadyPods => Pods.Count(pod => pod.IsReady && this[pod.Node].IsReady);

    public static NodeSnapshot Node(string name, long cpu = 10_000, string zone = "") => new()
    {
        Name = name,
        Region = zone,
        Free = new ResourceAmounts(cpu, ResourceAmounts.Unlimited, 110),
    };

    public static Work Replicas(int replicas, Func<PodSpec, PodSpec>? change = null) => new()
    {
        Uid = "w",
        Kind = "App",
        Namespace = "shop",
        Name = "web",
        Replicas = replicas,
        Template = Template(change),
    };

    public static Work PerNode(Func<PodSpec, PodSpec>? change = null) => Replicas(0, change) with { Kind = "Daemon", Mode = WorkMode.PerNode };

    public static Work Job(int completions, int parallelism) => Replicas(0) with
    {
        Kind = "Job",
        Mode = WorkMode.Completions,
        Completions = new WorkCompletions { Indexes = IndexSet.Below(completions).ToString(), Parallelism = parallelism, BackoffLimit = 3 },
    };

    public void Set(NodeSnapshot node) => _nodes[node.Name] = node;

    public void Change(string name, Func<NodeSnapshot, NodeSnapshot> change) => Set(change(this[name]));

    public void Remove(string name)
    {
        _nodes.Remove(name);
        _pods.Remove(name);
        _reports.Remove(name);
    }

    public void Lose(string name) => Change(name, node => node with { NotReadySince = Now });

    public void Return(string name) => Change(name, node => node.IsReady ? node : node with { NotReadySince = null, ReadySince = Now });

    public void Wait(TimeSpan time) => Now += time;

    public Pod Evict(string node, bool unready = false, long grace = 30)
    {
        var pod = _pods[node].First(pod => pod.IsReady != unready);
        _evictions.Add(new PendingEviction(new PodEviction { Namespace = "shop", Name = pod.Uid, Uid = pod.Uid, GracePeriodSeconds = grace, RequestedAt = Now }, node, pod.IsReady, pod.Index));
        return pod;
    }

    public NodePlanInput Input => new()
    {
        Work = Work,
        Nodes = [.. _nodes.Values],
        Shares = Shares,
        Reports = _reports,
        Evictions = [.. _evictions],
        Failures = Failures,
        Revision = _revision,
        Now = Now,
    };

    public NodePlan Plan() => NodePlanner.Plan(Input);

    /// <summary>Plans, and every node that is there takes in what it is sent; nothing has started yet.</summary>
    public NodePlan Execute()
    {
        var plan = Plan();
        Shares = plan.Shares;
        Failures = plan.Failures;
        _revision++;
        foreach (var node in _nodes.Values.Where(node => node.IsReady))
            Apply(node, plan);
        return plan;
    }

    /// <summary>Every pod of a node that is there becomes ready, and the nodes report.</summary>
    public void Start(int mostReady = int.MaxValue)
    {
        foreach (var pod in Pods.Where(pod => !pod.IsReady && this[pod.Node].IsReady && !Broken.Contains(pod.Node)).Take(mostReady))
            pod.IsReady = true;
        Report();
    }

    public void Report()
    {
        _evictions.RemoveAll(eviction => !Pods.Any(pod => pod.Uid == eviction.Eviction.Uid));
        foreach (var node in _nodes.Values.Where(node => node.IsReady))
        {
            var pods = _pods.GetValueOrDefault(node.Name) ?? [];
            var share = Shares.FirstOrDefault(share => share.Node == node.Name);
            if (share is null && pods.Count == 0)
            {
                _reports.Remove(node.Name);
                continue;
            }

            _reports[node.Name] = new WorkStatus
            {
                Uid = Work.Uid,
                Revision = _revision,
                Desired = share?.Replicas ?? 0,
                Running = pods.Count,
                Ready = pods.Count(pod => pod.IsReady),
                Gone = share?.Phase == NodeSharePhase.Withdrawing,
                Succeeded = Done.GetValueOrDefault(node.Name)?.ToString(),
                Reason = Reasons.GetValueOrDefault(node.Name),
            };
        }
    }

    public Dictionary<string, string> Reasons { get; } = [];
    public Dictionary<string, IndexSet> Done { get; } = [];

    /// <summary>Plans, executes and reports until nothing is left to do.</summary>
    public NodePlan Settle(int mostRounds = 30)
    {
        for (var round = 0; round < mostRounds; round++)
        {
            var before = Shares;
            var plan = Execute();
            var pods = DescribePods();
            Start();
            if (before.SequenceEqual(plan.Shares) && Plan() is var again && again.Shares.SequenceEqual(plan.Shares) && pods == DescribePods())
                return again;
        }

        throw new InvalidOperationException($"Not settled after {mostRounds} rounds: {Text()}");
    }

    public int Replicas(string node) => Shares.FirstOrDefault(share => share.Node == node)?.Replicas ?? 0;

    /// <summary>The shares, such as <c>a=3 b:Away</c>.</summary>
    public string Text() => string.Join(' ', Shares.Select(share => share.Phase == NodeSharePhase.Active ? $"{share.Node}={(share.Indexes.Length > 0 ? share.Indexes : share.Replicas)}" : $"{share.Node}:{share.Phase}"));

    /// <summary>Everything, for the message of a test that fails.</summary>
    public string Describe() => string.Join("; ", _nodes.Values.Select(node =>
    {
        var pods = _pods.GetValueOrDefault(node.Name) ?? [];
        var marks = $"{(node.IsReady ? "" : " lost")}{(node.Drain ? " drained" : "")}{(node.Unschedulable ? " cordoned" : "")}{(node.Taints.Count > 0 ? " tainted" : "")}";
        var (share, report) = (Shares.FirstOrDefault(share => share.Node == node.Name), _reports.GetValueOrDefault(node.Name));
        return $"{node.Name} cpu={node.Free.CpuMilli}{marks} share={share?.Phase}:{share?.Replicas} evicted=[{string.Join(' ', share?.Evicted ?? [])}] "
            + $"reported={report?.Ready}/{report?.Running} pods=[{string.Join(' ', pods.Select(pod => $"{pod.Uid}{(pod.IsReady ? "+" : "")}{(_evictions.Exists(eviction => eviction.Eviction.Uid == pod.Uid) ? "!" : "")}"))}]";
    })) + $" of {Work.Replicas}";

    private string DescribePods() => string.Join(' ', Pods.Select(pod => $"{pod.Uid}{pod.IsReady}"));

    private void Apply(NodeSnapshot node, NodePlan plan)
    {
        if (!_pods.TryGetValue(node.Name, out var pods))
            _pods[node.Name] = pods = [];
        pods.RemoveAll(pod => plan.Forward.Any(eviction => eviction.Eviction.Uid == pod.Uid));
        var share = plan.Shares.FirstOrDefault(share => share.Node == node.Name);
        if (share is null || share.Phase == NodeSharePhase.Away)
            return;
        if (share.Phase == NodeSharePhase.Withdrawing)
        {
            pods.Clear();
            return;
        }

        if (Work.Mode == WorkMode.Completions)
        {
            var indexes = IndexSet.Parse(share.Indexes).Except(Done.GetValueOrDefault(node.Name) ?? IndexSet.Empty);
            pods.RemoveAll(pod => !indexes.Contains(pod.Index!.Value));
            pods.AddRange(indexes.Where(index => !pods.Exists(pod => pod.Index == index)).Select(index => new Pod($"p{_names++}", node.Name) { Index = index }));
            return;
        }

        while (pods.Count > share.Replicas)
            pods.Remove(pods.Find(pod => !pod.IsReady) ?? pods[^1]);
        while (pods.Count < share.Replicas)
            pods.Add(new Pod($"p{_names++}", node.Name));
    }

    private static PodTemplate Template(Func<PodSpec, PodSpec>? change)
    {
        var spec = new PodSpec
        {
            Containers = [new ContainerSpec { Name = "web", Image = "web:1", Resources = new ResourceRequirements { Requests = new Dictionary<string, Quantity> { ["cpu"] = Quantity.Parse("100m") } } }],
        };
        return new PodTemplate { Spec = change?.Invoke(spec) ?? spec };
    }

    internal sealed class Pod(string uid, string node)
    {
        public string Uid { get; } = uid;
        public string Node { get; } = node;
        public bool IsReady { get; set; }
        public int? Index { get; init; }
    }
}
