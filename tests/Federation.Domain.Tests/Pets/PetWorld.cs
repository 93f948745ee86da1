using System.Globalization;
using Federation.Api.Agents;
using Federation.Api.Meta;
using Federation.Api.Pets;
using Federation.Domain.Pets;
using Federation.Domain.Scheduling;
using Federation.Domain.Works;

namespace Federation.Domain.Tests.Pets;

/// <summary>A small federation around the planner: clusters whose links fail, whose reports are late or lost, and that keep to ADR 9. One step is a second.</summary>
internal sealed class PetWorld
{
    public const int PermissionSeconds = 10;
    public const int MarginSeconds = 2;
    private const int LeaseSeconds = 5;

    private readonly Random _random;
    private long _revision = 10;

    public PetWorld(PetSet set, int seed, IEnumerable<(string Name, string Region)> clusters)
    {
        Set = set;
        _random = new Random(seed);
        Clusters = [.. clusters.Select(cluster => new FakeCluster(cluster.Name, cluster.Region))];
    }

    public PetSet Set { get; private set; }
    public List<FakeCluster> Clusters { get; }
    public int Now { get; private set; }
    public DateTimeOffset Time => TestApps.Start.AddSeconds(Now);
    public PetsPlan? LastPlan { get; private set; }
    public List<string> Trace { get; } = [];

    /// <summary>What became of volumes, and what must never become of them.</summary>
    public PetVolumes Volumes { get; } = new();

    /// <summary>True: links break and reports get lost.</summary>
    public bool IsFaulty { get; set; }

    public bool IsGone { get; private set; }

    /// <summary>Pets that were not wanted at some time while the volumes of such were to be deleted.</summary>
    public HashSet<int> MayDelete { get; } = [];

    /// <summary>What the planner decided, before it is stored.</summary>
    public Action<PetSet, PetsPlan, PetsObserved>? Planned { get; set; }

    public void Edit(Func<PetSet, PetSet> change)
    {
        var next = change(Set);
        Store(next with { Metadata = next.Metadata with { Generation = Set.Metadata.Generation + 1 } });
    }

    /// <summary>Without a new generation: what the grain writes.</summary>
    public void Store(PetSet next)
    {
        Set = next with { Metadata = next.Metadata with { ResourceVersion = (++_revision).ToString(CultureInfo.InvariantCulture) } };
        Volumes.Leave(Set);
        var policy = Set.IsDeleting ? Set.Spec.VolumeRetention.WhenDeleted : Set.Spec.VolumeRetention.WhenScaled;
        if (policy == RetentionPolicy.Delete)
            MayDelete.UnionWith(Set.Status.Pets.Where(pet => !Set.Wants(pet.Ordinal)).Select(pet => pet.Ordinal));
    }

    public void Step()
    {
        Now++;
        foreach (var cluster in Clusters)
        {
            if (IsFaulty && _random.Next(30) == 0)
                cluster.IsLinked = !cluster.IsLinked;
            Talk(cluster);
            cluster.Run(Now, _random, this);
        }

        // Several plans in one second, as grains do.
        for (var i = 0; i < 3 && Plan(); i++)
        {
        }
    }

    public WorkRendering Rendered(string cluster) => IsGone ? WorkRendering.Silent.Instance : WorkRenderer.Render(Set, cluster);

    public ClusterSnapshot Snapshot(FakeCluster cluster) => TestPets.Cluster(
        cluster.Name, cluster.Region, Now - cluster.HeardAt < LeaseSeconds, TestApps.Start.AddSeconds(cluster.HeardAt + LeaseSeconds)) with
    { Labels = new Dictionary<string, string> { ["name"] = cluster.Name } };

    private bool Plan()
    {
        if (IsGone)
            return false;
        foreach (var cluster in Clusters)
        {
            while (cluster.Reports.TryDequeue(out var report))
                Set = Fold(cluster, report);
        }

        var observed = new PetsObserved(new PlacementObserved(Time, [.. Clusters.Select(Snapshot).OrderBy(cluster => cluster.Name, StringComparer.Ordinal)]), AskedFences());
        var plan = PetPlanner.Plan(Set, observed);
        LastPlan = plan;
        Planned?.Invoke(Set, plan, observed);
        foreach (var note in plan.Notes)
            Trace.Add($"{Now}: {note.Reason}: {note.Message}");
        foreach (var bury in plan.Steps.Actions.OfType<PlacementAction.Bury>())
            Clusters.Single(cluster => cluster.Name == bury.Cluster).Buried = bury.Tombstone;
        if (plan.Steps.Actions.OfType<PlacementAction.RemoveFinalizer>().Any())
            IsGone = true;
        if (plan.Steps.IsEmpty)
            return false;
        Store(Set with { Status = plan.NextStatus });
        return true;
    }

    private PetSet Fold(FakeCluster cluster, WorkStatus report)
    {
        var shares = ObservationMerger.Merge(Set.Shares, cluster.Name, cluster.Region, report, Time);
        return PetReports.Fold((PetSet)Set.WithShares(shares), cluster.Name, report, Time);
    }

    /// <summary>Some clusters are asked only now and then, as a grain does.</summary>
    private Dictionary<string, long> AskedFences()
    {
        var asked = new Dictionary<string, long>();
        foreach (var cluster in Clusters.Where(cluster => LastPlan?.AskFence.Contains(cluster.Name) == true && (!IsFaulty || _random.Next(3) > 0)))
        {
            if (Now - cluster.PermittedAt >= PermissionSeconds + MarginSeconds)
                asked[cluster.Name] = cluster.FencedFrom = Set.Revision() ?? 0;
        }

        // Answers from before count for what was written before them; the planner has to tell.
        foreach (var cluster in Clusters.Where(cluster => cluster.FencedFrom > 0 && Now - cluster.PermittedAt >= PermissionSeconds + MarginSeconds))
            asked.TryAdd(cluster.Name, cluster.FencedFrom);
        return asked;
    }

    private void Talk(FakeCluster cluster)
    {
        if (!cluster.IsLinked || (IsFaulty && _random.Next(4) == 0))
            return;
        // One answered report: the lease, the permission, and from which position on it holds.
        if (Now - cluster.PermittedAt >= PermissionSeconds + MarginSeconds)
            cluster.FenceFrom = Set.Revision() ?? 0;
        (cluster.HeardAt, cluster.PermittedAt) = (Now, Now);
        cluster.PermissionEnds = Now + PermissionSeconds;
        if (!IsFaulty || _random.Next(3) > 0)
            cluster.Take(Rendered(cluster.Name), Set.Revision() ?? 0);
        if (!IsFaulty || _random.Next(3) > 0)
            cluster.Report(Set, Volumes);
    }
}
