using System.Collections.Immutable;
using Federation.Api.Agents;
using Federation.Api.Nodes;
using Federation.Api.Pods;

namespace MemberCluster.Agent.Reports;

/// <summary>The newest of everything there is to report, and what of it the control plane has not acknowledged. Thread-safe.</summary>
/// <remarks>Bounded however long the control plane is away: of a work or pod only the newest state counts, and of events the newest <see cref="MostEvents"/>.</remarks>
internal sealed class ReportContents
{
    public const int MostEvents = 500;

    /// <summary>Of pods whose usage changed, so many go into one report; the next ones go into the next.</summary>
    public const int MostUsages = 2000;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, WorkStatus> _works = [];
    private readonly Dictionary<PodName, Pod> _pods = [];
    private List<AgentEvent> _events = [];
    private ClusterInventory? _inventory;
    private IReadOnlyList<Node> _nodes = [];
    private Dictionary<PodName, PodUsage> _usage = [];
    private HashSet<PodName> _changedUsage = [];
    private (DateTimeOffset At, TimeSpan Window)? _measured;
    private bool _isUsageNew;
    private HashSet<string> _changedWorks = [];
    private HashSet<PodName> _changedPods = [];
    private bool _isInventoryChanged;
    private IReadOnlyList<RegionLatency>? _latencies;
    private bool _isLatencyNew;

    /// <summary>What one report took; given back when it does not arrive.</summary>
    internal sealed record Taken(HashSet<string> Works, HashSet<PodName> Pods, List<AgentEvent> Events, bool Inventory, HashSet<PodName> Usage, bool Latency);

    public bool HasChanges
    {
        get
        {
            lock (_lock)
                return _changedWorks.Count + _changedPods.Count + _events.Count > 0 || _isInventoryChanged;
        }
    }

    /// <summary>The same status again is no change. Returns whether it was one.</summary>
    public bool SetWork(WorkStatus status)
    {
        lock (_lock)
        {
            // Lists are compared by what is in them.
            if (_works.TryGetValue(status.Uid, out var before) && before with { Pets = status.Pets, Copies = status.Copies, Snapshots = status.Snapshots } == status
                && before.Pets.SequenceEqual(status.Pets) && before.Copies.SequenceEqual(status.Copies)
                && before.Snapshots.Count == status.Snapshots.Count && before.Snapshots.Zip(status.Snapshots).All(pair => AreSame(pair.First, pair.Second)))
                return false;
            _works[status.Uid] = status;
            _changedWorks.Add(status.Uid);
            return true;
        }
    }

    /// <summary>The work is nobody's concern any more.</summary>
    public void RemoveWork(string uid)
    {
        lock (_lock)
        {
            _works.Remove(uid);
            _changedWorks.Remove(uid);
        }
    }

    /// <summary>Everything that was measured. It causes no report: the next one, or the next heartbeat, takes what changed along.</summary>
    public void SetUsage(DateTimeOffset at, TimeSpan window, IReadOnlyList<PodUsage> pods)
    {
        lock (_lock)
        {
            var next = new Dictionary<PodName, PodUsage>(pods.Count);
            foreach (var pod in pods)
            {
                var name = new PodName(pod.Namespace, pod.Name);
                next[name] = pod;
                if (!_usage.TryGetValue(name, out var before) || !before.Containers.SequenceEqual(pod.Containers))
                    _changedUsage.Add(name);
            }

            (_usage, _measured, _isUsageNew) = (next, (at, window), true);
        }
    }

    /// <summary>How far other regions are. It causes no report: the next one, or the next heartbeat, takes it along.</summary>
    public void SetLatencies(IReadOnlyList<RegionLatency> latencies)
    {
        lock (_lock)
            (_latencies, _isLatencyNew) = (latencies, true);
    }

    public void SetPod(Pod pod)
    {
        var name = new PodName(pod.Metadata.Namespace ?? "", pod.Metadata.Name);
        lock (_lock)
        {
            _pods[name] = pod;
            _changedPods.Add(name);
        }
    }

    public void RemovePod(PodName name)
    {
        lock (_lock)
        {
            if (_pods.Remove(name))
                _changedPods.Add(name);
        }
    }

    public void SetInventory(ClusterInventory inventory, IReadOnlyList<Node> nodes)
    {
        lock (_lock)
        {
            (_inventory, _nodes) = (inventory, nodes);
            _isInventoryChanged = true;
        }
    }

    /// <summary>An event that repeats before it is sent is counted, not queued.</summary>
    public void Raise(AgentEvent occurrence)
    {
        lock (_lock)
        {
            var index = _events.FindIndex(known => IsRepetition(known, occurrence));
            if (index >= 0)
                _events[index] = _events[index] with { Count = _events[index].Count + occurrence.Count, LastSeen = occurrence.LastSeen };
            else
                _events.Add(occurrence);
            if (_events.Count > MostEvents)
                _events.RemoveRange(0, _events.Count - MostEvents);
        }
    }

    /// <summary>A report of everything, or of what changed; and what to give back if it does not arrive.</summary>
    public (Report Report, Taken Taken) Take(bool isFull)
    {
        lock (_lock)
        {
            var usage = isFull ? [.. _usage.Keys] : _changedUsage.Take(MostUsages).ToHashSet();
            var taken = new Taken(_changedWorks, _changedPods, _events, _isInventoryChanged, usage, _isLatencyNew);
            var report = new Report
            {
                Full = isFull,
                Works = isFull ? [.. _works.Values] : [.. taken.Works.Select(uid => _works[uid])],
                Pods = isFull ? [.. _pods.Values] : [.. taken.Pods.Where(_pods.ContainsKey).Select(name => _pods[name])],
                RemovedPods = isFull ? [] : [.. taken.Pods.Where(name => !_pods.ContainsKey(name))],
                Events = taken.Events.ToImmutableArray(),
                Inventory = isFull || taken.Inventory ? _inventory : null,
                Nodes = isFull || taken.Inventory ? _nodes : null,
                Usage = isFull || _isUsageNew || usage.Count > 0 ? UsageOf_NeedsLock(usage) : null,
                Latencies = isFull || _isLatencyNew ? _latencies : null,
            };
            _changedUsage.ExceptWith(usage);
            (_isUsageNew, _isLatencyNew) = (false, false);
            (_changedWorks, _changedPods, _events, _isInventoryChanged) = ([], [], [], false);
            return (report, taken);
        }
    }

    public void GiveBack(Taken taken)
    {
        lock (_lock)
        {
            _changedWorks.UnionWith(taken.Works.Where(_works.ContainsKey));
            _changedPods.UnionWith(taken.Pods);
            _isInventoryChanged |= taken.Inventory;
            _isLatencyNew |= taken.Latency;
            _changedUsage.UnionWith(taken.Usage.Where(_usage.ContainsKey));
            var newer = _events;
            _events = [.. taken.Events];
            foreach (var occurrence in newer)
                Raise(occurrence);
        }
    }

    private ClusterUsage? UsageOf_NeedsLock(HashSet<PodName> names) => _measured is not { } measured ? null : new ClusterUsage
    {
        At = measured.At,
        WindowSeconds = measured.Window.TotalSeconds,
        Pods = [.. names.Where(_usage.ContainsKey).Select(name => _usage[name])],
    };

    private static bool AreSame(WorkSnapshotStatus left, WorkSnapshotStatus right) => left with { Claims = right.Claims } == right && left.Claims.SequenceEqual(right.Claims);

    private static bool IsRepetition(AgentEvent known, AgentEvent next) =>
        known.Reason == next.Reason && known.Name == next.Name && known.Namespace == next.Namespace && known.Kind == next.Kind
        && known.Message == next.Message && known.Type == next.Type;
}
