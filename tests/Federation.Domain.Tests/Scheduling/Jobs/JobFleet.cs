using Federation.Api;
using Federation.Api.Agents;
using Federation.Api.Apps;
using Federation.Api.Jobs;
using Federation.Api.Meta;
using Federation.Domain.Scheduling;
using Federation.Domain.Scheduling.Jobs;
using Federation.Domain.Works;

namespace Federation.Domain.Tests.Scheduling.Jobs;

/// <summary>Clusters that run a Job's indexes as far as this test lets them, and a Job whose plans are carried out at once.</summary>
internal sealed class JobFleet
{
    private readonly Dictionary<string, ClusterSnapshot> _clusters = [];
    private readonly Dictionary<string, LocalWork> _works = [];
    private long _revision = 10;

    public JobFleet(int completions, int parallelism, params ClusterSnapshot[] clusters)
    {
        Job = (Job)Kinds.Job.Default(new Job
        {
            Metadata = new ObjectMeta { Name = "work", Namespace = "shop", Uid = "uid-1", Generation = 1, ResourceVersion = "10", Finalizers = [FinalizerNames.Works] },
            Spec = new JobSpec
            {
                Completions = completions,
                Parallelism = parallelism,
                BackoffLimit = 0,
                Template = new PodTemplate { Spec = new PodSpec { RestartPolicy = "Never", Containers = [new ContainerSpec { Name = "main", Image = "work:1" }] } },
            },
        });
        foreach (var cluster in clusters)
            Set(cluster);
    }

    public Job Job { get; private set; }

    public DateTimeOffset Now { get; private set; } = TestApps.Start;

    /// <summary>Every start of an index that was in no status as completed by then.</summary>
    public List<(string Cluster, int Index)> Starts { get; } = [];

    public IEnumerable<ClusterSnapshot> Clusters => _clusters.Values;

    public JobProgress Progress => JobProgress.Of(Job);

    public ClusterSnapshot this[string name] => _clusters[name];

    public void Set(ClusterSnapshot cluster) => _clusters[cluster.Name] = cluster;

    public void Lose(string name) => Set(this[name] with { Ready = ConditionStatus.Unknown, NotReadySince = Now });

    public void Return(string name) => Set(this[name] with { Ready = ConditionStatus.True, NotReadySince = null });

    public void Remove(string name)
    {
        _clusters.Remove(name);
        _works.Remove(name);
    }

    /// <summary>Its disks are new: nothing is known there of what it ran.</summary>
    public void Forget(string name) => _works.Remove(name);

    public void Wait(TimeSpan time) => Now += time;

    public void Change(Func<JobSpec, JobSpec> change) => Job = Job with
    {
        Spec = change(Job.Spec),
        Metadata = Job.Metadata with { Generation = Job.Metadata.Generation + 1, ResourceVersion = $"{++_revision}" },
    };

    public void Delete() => Job = Job with { Metadata = Job.Metadata with { DeletionTimestamp = Now } };

    public IndexSet IndexesOf(string cluster) => IndexSet.Parse(Job.Status.Clusters.FirstOrDefault(share => share.Cluster == cluster && share.Phase == SharePhase.Active)?.Indexes);

    public PlacementPlan<JobStatus> Plan() => JobPlanner.Plan(Job, new PlacementObserved(Now, [.. _clusters.Values.OrderBy(cluster => cluster.Name, StringComparer.Ordinal)]));

    public PlacementPlan<JobStatus> Execute()
    {
        var plan = Plan();
        Job = Job with { Status = plan.NextStatus, Metadata = Job.Metadata with { ResourceVersion = $"{++_revision}" } };
        if (plan.Actions.OfType<PlacementAction.RemoveFinalizer>().Any())
            Job = Job with { Metadata = Job.Metadata with { Finalizers = [] } };
        return plan;
    }

    /// <summary>Plans until nothing is left to do but to wait.</summary>
    public PlacementPlan<JobStatus> Settle()
    {
        for (var round = 0; round < 8; round++)
        {
            if (Execute() is { IsEmpty: true } plan)
                return plan;
        }

        throw new InvalidOperationException($"Does not settle: {Text()}");
    }

    /// <summary>Ready clusters take in their works; every cluster, cut off or not, begins what it holds and ends what <paramref name="ends"/> says.</summary>
    /// <param name="ends">Of a cluster and an index that runs: true ends well, false fails for good, null runs on.</param>
    public void Run(Func<string, int, bool?> ends)
    {
        foreach (var (name, cluster) in _clusters)
        {
            if (cluster.IsReady)
                Receive(name);
            if (!_works.TryGetValue(name, out var work))
                continue;
            var open = work.Asked.Except(work.Succeeded).Except(work.Failed);
            var running = open.Take(work.Parallelism);
            Starts.AddRange(running.Except(work.Running).Select(index => (name, index)));
            foreach (var index in running)
            {
                switch (ends(name, index))
                {
                    case true:
                        work.Succeeded = work.Succeeded.Union(IndexSet.Of([index]));
                        break;
                    case false:
                        work.Failed = work.Failed.Union(IndexSet.Of([index]));
                        break;
                }
            }

            work.Running = running.Except(work.Succeeded).Except(work.Failed);
        }
    }

    /// <summary>Ready clusters report, and it is noted.</summary>
    public void Report()
    {
        foreach (var (name, cluster) in _clusters.Where(cluster => cluster.Value.IsReady))
        {
            var work = _works.GetValueOrDefault(name);
            var report = new WorkStatus
            {
                Uid = "uid-1",
                Kind = Job.KindName,
                Revision = _revision,
                Running = work?.Running.Count ?? 0,
                Succeeded = work?.Succeeded.ToString(),
                Failed = work?.Failed.ToString(),
                Gone = work is null,
            };
            Job = (Job)Job.WithShares(ObservationMerger.Merge(Job.Shares, name, cluster.Region, report, Now));
            Job = JobProgress.Note(Job, name, report);
        }
    }

    public string Text() =>
        $"open {Progress.Open}; {string.Join(' ', Job.Status.Clusters.Select(share => $"{share.Cluster}:{share.Phase}:{share.Replicas}[{share.Indexes}]"))}";

    private void Receive(string name)
    {
        switch (WorkRenderer.Render(Job, name))
        {
            case WorkRendering.Run { Work.Completions: { } asked }:
                if (!_works.TryGetValue(name, out var work))
                    _works[name] = work = new LocalWork();
                (work.Asked, work.Parallelism) = (IndexSet.Parse(asked.Indexes), asked.Parallelism);
                work.Running = work.Running.Intersect(work.Asked);
                break;
            case WorkRendering.Remove:
                _works.Remove(name);
                break;
        }
    }

    private sealed class LocalWork
    {
        public IndexSet Asked { get; set; } = IndexSet.Empty;
        public int Parallelism { get; set; }
        public IndexSet Running { get; set; } = IndexSet.Empty;
        public IndexSet Succeeded { get; set; } = IndexSet.Empty;
        public IndexSet Failed { get; set; } = IndexSet.Empty;
    }
}
