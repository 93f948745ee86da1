using Federation.Api;
using Federation.Api.Agents;
using Federation.Api.Meta;
using Federation.Api.Pets;
using Federation.Api.Quantities;
using Federation.Api.Snapshots;
using Federation.Domain.Pets;
using Federation.Domain.Scheduling;
using Federation.Domain.Snapshots;
using Federation.Domain.Tests.Pets;
using Federation.Domain.Works;

namespace Federation.Domain.Tests.Snapshots;

/// <summary>A PetSnapshot, its set and clusters that do what they are asked, without any engine: each step is one plan.</summary>
internal sealed class SnapshotWorld
{
    public static readonly DateTimeOffset Start = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);

    public SnapshotWorld(Func<PetSnapshotSpec, PetSnapshotSpec>? change = null, int pets = 2)
    {
        var spec = new PetSnapshotSpec { PetSet = "db" };
        Snapshot = (PetSnapshot)Kinds.PetSnapshot.Default(new PetSnapshot
        {
            Metadata = new ObjectMeta { Name = "nightly", Namespace = "shop", Uid = "uid-s", Generation = 1, ResourceVersion = "100", CreationTimestamp = Start, Finalizers = [FinalizerNames.Works] },
            Spec = change?.Invoke(spec) ?? spec,
        });
        Set = TestPets.Db(pets, db => db with
        {
            VolumeClaims = [new VolumeClaim { Name = "data", Size = Quantity.Parse("1Gi") }, new VolumeClaim { Name = "log", Size = Quantity.Parse("1Gi") }],
        });
        Set = Set with
        {
            Status = Set.Status with
            {
                Pets = [.. Enumerable.Range(0, pets).Select(ordinal => new PetStatus { Ordinal = ordinal, Name = $"db-{ordinal}", Cluster = "us", Node = "us-1", Epoch = 4, Phase = PetPhase.Ready, Since = Start })],
            },
        };
    }

    public DateTimeOffset Now { get; set; } = Start;

    public PetSnapshot Snapshot { get; private set; }

    public PetSet? Set { get; set; }

    public HashSet<string> Restoring { get; } = [];

    public List<ClusterSnapshot> Clusters { get; } = [TestPets.Cluster("eu", "eu") with { SnapshotNodes = 1 }, TestPets.Cluster("us", "us") with { SnapshotNodes = 1 }];

    public IReadOnlyList<PetSnapshotItem> Items => Snapshot.Status.Items;

    public string Phases => string.Join(' ', Items.Select(item => item.Phase));

    /// <summary>Plans, and writes what the plan says.</summary>
    /// <returns>When time alone changes the plan.</returns>
    public DateTimeOffset? Plan()
    {
        var plan = SnapshotPlanner.Plan(Snapshot, new SnapshotsObserved(new PlacementObserved(Now, [.. Clusters])) { Set = Set, Restoring = Restoring });
        Write(Snapshot with { Status = plan.NextStatus });
        var again = SnapshotPlanner.Plan(Snapshot, new SnapshotsObserved(new PlacementObserved(Now, [.. Clusters])) { Set = Set, Restoring = Restoring });
        again.IsEmpty.ShouldBeTrue("a plan that is carried out leaves nothing to do");
        return plan.DueAt;
    }

    /// <summary>The set says whose turn it is, as it does in every plan of its own.</summary>
    public void Turn()
    {
        var plan = PetPlanner.Plan(Set!, new PetsObserved(new PlacementObserved(Now, [.. Clusters])) { Snapshots = [Snapshot] });
        Set = Set! with { Status = plan.NextStatus };
    }

    /// <summary>A cluster reports on its present work.</summary>
    public void Report(string cluster, params IEnumerable<WorkSnapshotStatus> parts)
    {
        var report = new WorkStatus { Uid = "uid-s", Kind = PetSnapshot.KindName, Revision = Snapshot.Revision() ?? 0, Snapshots = [.. parts] };
        Write(SnapshotReports.Fold(Snapshot, cluster, report, Now));
    }

    public WorkSnapshots? WorkOf(string cluster) => (WorkRenderer.Render(Snapshot, cluster) as WorkRendering.Run)?.Work.Snapshots;

    public static WorkSnapshotStatus Taken(PetSnapshotItem item, WorkSnapshotPhase phase = WorkSnapshotPhase.Done) => new()
    {
        Id = item.Id,
        Part = WorkSnapshotPart.Taken,
        Node = "us-1",
        Phase = phase,
        TakenAt = Start,
        Claims = [.. item.Claims.Select(claim => new WorkSnapshotClaim { Name = claim.Name, Bytes = 5, Digest = $"{item.Id}/{claim.Name}" })],
    };

    public static WorkSnapshotStatus Stored(PetSnapshotItem item, WorkSnapshotPhase phase = WorkSnapshotPhase.Done) => Taken(item, phase) with { Part = WorkSnapshotPart.Stored, Node = "eu-1" };

    /// <summary>Everything that is open is brought to its end.</summary>
    public void Finish()
    {
        for (var step = 0; step < 20 && Items.Any(item => item.IsOpen); step++)
        {
            Plan();
            Turn();
            Plan();
            Report("us", [.. Items.Where(item => item is { Phase: PetSnapshotPhase.Taking }).Select(item => Taken(item)), .. KeptIn("us")]);
            Report("eu", [.. Items.Where(item => item is { Phase: PetSnapshotPhase.Storing, Cluster: "eu" }).Select(item => Stored(item)), .. KeptIn("eu")]);
            Report("us", [.. Items.Where(item => item is { Phase: PetSnapshotPhase.Storing, Cluster: "us" }).Select(item => Stored(item)), .. KeptIn("us")]);
            Plan();
        }

        Items.ShouldAllBe(item => !item.IsOpen);
        // Later words, of works that ask for what is to go.
        Report("us", KeptIn("us"));
        Report("eu", KeptIn("eu"));
        Plan();
    }

    private IEnumerable<WorkSnapshotStatus> KeptIn(string cluster) => Items.Where(item => item.Phase == PetSnapshotPhase.Complete && item.Cluster == cluster).Select(item => Stored(item));

    private void Write(PetSnapshot next)
    {
        if (!ReferenceEquals(next.Status, Snapshot.Status))
            Snapshot = next.WithRevision((Snapshot.Revision() ?? 0) + 1) as PetSnapshot ?? throw new InvalidOperationException();
    }
}
