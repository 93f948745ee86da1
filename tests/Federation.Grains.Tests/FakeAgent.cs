using Federation.Api.Agents;
using Federation.Api.Apps;
using Federation.Api.Quantities;
using Federation.Domain.Works;

namespace Federation.Grains.Tests;

/// <summary>A cluster that runs at once what the control plane asks for, as far as this test lets it.</summary>
internal sealed class FakeAgent(GrainHarness plane, string cluster, string region)
{
    private readonly Dictionary<string, WorkStatus> _works = [];
    private readonly Dictionary<string, long> _confirmed = [];
    private readonly List<(DateTimeOffset Until, long From)> _permissions = [];
    private readonly Dictionary<string, WorkPets> _pets = [];
    private long _applied;
    private int _sessions;
    private long _sequence;
    private bool _isFull = true;
    private string Session => $"{cluster}-{_sessions}";

    public string Cluster => cluster;

    /// <summary>What it has for pods.</summary>
    public IReadOnlyDictionary<string, Quantity> Capacity { get; init; } = new Dictionary<string, Quantity> { ["cpu"] = Quantity.FromValue(100), ["pods"] = Quantity.FromValue(1000) };

    /// <summary>Its machines, all of which match every Daemon.</summary>
    public int Machines { get; set; } = 1;

    /// <summary>False: an index ends as soon as it begins. True: it runs on.</summary>
    public bool IsPatient { get; set; }

    /// <summary>Indexes that it gives up.</summary>
    public IndexSet Doomed { get; set; } = IndexSet.Empty;

    /// <summary>The indexes that it began, by work.</summary>
    public List<(string Uid, int Index)> Began { get; } = [];

    public string? EngineProblem { get; set; }

    /// <summary>How far it brings each copy of a pet's volumes in one report.</summary>
    public Func<WorkPetCopyStatus, WorkPetCopyStatus> Copies { get; set; } = static copy => copy with { Phase = WorkPetCopyPhase.Done, Bytes = 1 << 30, Digest = "sha256:0" };

    /// <summary>Its machines that have a directory for snapshots.</summary>
    public int SnapshotNodes { get; set; }

    /// <summary>How far it brings each part of a copy of a pet's volumes in one report.</summary>
    public Func<WorkSnapshotStatus, WorkSnapshotStatus> Snapshots { get; set; } = static part => part with { Phase = WorkSnapshotPhase.Done };

    /// <summary>The parts of copies that it was asked to delete, as <c>part id</c>.</summary>
    public List<string> DeletedParts { get; } = [];

    /// <summary>False: it does not come to deleting volumes.</summary>
    public bool Deletes { get; set; } = true;

    /// <summary>The pets whose volumes it was asked to delete, as <c>name-ordinal</c>.</summary>
    public List<string> Deleted { get; } = [];

    /// <summary>Which bytes it finds behind a work's images; default: they come from no registry.</summary>
    public Func<Work, string?> Finds { get; set; } = static _ => null;

    /// <summary>Works it runs, by uid.</summary>
    public IReadOnlyDictionary<string, WorkStatus> Works => _works;

    /// <summary>Pods it runs of live works.</summary>
    public int Running => _works.Values.Sum(work => work.Running);

    /// <summary>Pets with a container that is alive at this moment, as <c>name/epoch</c>: a fenced one only while it is permitted.</summary>
    public IEnumerable<string> Alive => _works.Values
        .Where(work => _pets.TryGetValue(work.Uid, out var asked) && (!asked.IsFenced || MayRunFenced))
        .SelectMany(work => work.Pets.Where(pet => pet.Phase != WorkPetPhase.Waiting).Select(pet => $"{work.Name}-{pet.Ordinal}/{pet.Epoch}"));

    private bool MayRunFenced => _permissions.Any(permission => plane.Time.GetUtcNow() < permission.Until && _applied >= permission.From);

    public Task JoinAsync() => plane.Cluster(cluster).JoinAsync(
        new JoinRequest { Cluster = cluster, Region = region, Addresses = ["127.0.1.1"], Labels = new Dictionary<string, string> { ["tier"] = "prod" } }, CancellationToken.None);

    /// <summary>Starts over: a new session, containers as they were.</summary>
    public void Restart() => (_sessions, _sequence, _isFull) = (_sessions + 1, 0, true);

    /// <summary>Starts a container that nobody asked for.</summary>
    public void RunStranger(string uid, string name) =>
        _works[uid] = new WorkStatus { Uid = uid, Kind = App.KindName, Namespace = "default", Name = name, Desired = 1, Running = 1, Ready = 1, Updated = 1, Orphan = true };

    /// <summary>Does what the works stream would say now.</summary>
    public async Task ObeyAsync()
    {
        var applied = await plane.Store.ReadCurrentRevisionAsync(CancellationToken.None);
        foreach (var app in await plane.ReadPlacedAsync())
        {
            switch (WorkRenderer.Render(app, cluster))
            {
                case WorkRendering.Run run:
                    _confirmed.Remove(run.Work.Uid);
                    _works[run.Work.Uid] = StatusOf(run.Work);
                    break;
                // The stream says a removal once: again only when the share was withdrawn after the one that was confirmed.
                case WorkRendering.Remove remove when !HasConfirmed(app):
                    Remove(remove.Tombstone.Uid, remove.Tombstone.Kind, remove.Tombstone.Namespace, remove.Tombstone.Name, remove.Tombstone.Revision);
                    break;
            }
        }

        foreach (var tombstone in (await plane.ReadClusterAsync(cluster))?.Status.Tombstones ?? [])
            Remove(tombstone.Uid, tombstone.Kind, tombstone.Namespace, tombstone.Name, tombstone.Revision);
        _applied = applied;
    }

    /// <summary>Obeys and reports everything that it runs.</summary>
    public async Task<ReportAnswer> ReportAsync()
    {
        await ObeyAsync();
        return await SendAsync(NextReport());
    }

    public Report NextReport() => new()
    {
        Session = Session,
        Sequence = ++_sequence,
        Full = _isFull,
        AppliedRevision = plane.Cache.Revision,
        Works = [.. _works.Values],
        Inventory = new ClusterInventory { Capacity = Capacity, Nodes = 1, SnapshotNodes = SnapshotNodes, Addresses = ["10.1.2.3"], Architecture = "amd64", EngineProblem = EngineProblem },
    };

    public Report Leave() => NextReport() with { Leaving = true };

    public async Task<ReportAnswer> SendAsync(Report report)
    {
        var sent = plane.Time.GetUtcNow();
        var answer = await plane.Cluster(cluster).ReportAsync(report, CancellationToken.None);
        if (answer.FenceSeconds > 0)
            _permissions.Add((sent + TimeSpan.FromSeconds(answer.FenceSeconds), answer.FenceFrom));
        _isFull = answer.Resync;
        foreach (var gone in _works.Values.Where(work => work.Gone && !answer.Resync).ToList())
        {
            _works.Remove(gone.Uid);
            _confirmed[gone.Uid] = gone.Revision;
        }

        return answer;
    }

    private bool HasConfirmed(PlacedResource app) => _confirmed.TryGetValue(app.Metadata.Uid!, out var revision)
        && revision > (app.Shares.Single(share => share.Cluster == cluster).WithdrawnAfter ?? 0);

    private void Remove(string uid, string kind, string @namespace, string name, long revision) =>
        _works[uid] = new WorkStatus { Uid = uid, Kind = kind, Namespace = @namespace, Name = name, Revision = revision, Gone = true };

    private WorkStatus StatusOf(Work work) => work.Mode switch
    {
        WorkMode.PerNode => Forever(work, Machines),
        WorkMode.Completions => Job(work, work.Completions!),
        WorkMode.Pets => Pets(work, work.Pets!),
        WorkMode.Snapshots => TakeAndStore(work, work.Snapshots!),
        _ => Forever(work, work.Replicas),
    };

    /// <summary>Runs exactly the pets that are named, fenced ones if that is permitted.</summary>
    private WorkStatus Pets(Work work, WorkPets asked)
    {
        _pets[work.Uid] = asked;
        var mayRun = !asked.IsFenced || MayRunFenced;
        var running = mayRun ? asked.Run.Count : 0;
        var known = _works.GetValueOrDefault(work.Uid)?.Copies ?? [];
        var copies = asked.Copies.Select(copy => known.FirstOrDefault(state => (state.Ordinal, state.Epoch) == (copy.Ordinal, copy.Epoch))
            ?? new WorkPetCopyStatus { Ordinal = copy.Ordinal, Epoch = copy.Epoch, Node = $"{cluster}-1" });
        if (Deletes)
            Deleted.AddRange(asked.Discard.Select(ordinal => $"{work.Name}-{ordinal}").Except(Deleted).ToList());
        return Forever(work, running) with
        {
            Desired = asked.Run.Count,
            Copies = [.. copies.Select(copy => copy.Phase is WorkPetCopyPhase.Done or WorkPetCopyPhase.Failed ? copy : Copies(copy))],
            Pets =
            [
                .. asked.Discard.Where(_ => !Deletes).Select(ordinal => new WorkPetStatus { Ordinal = ordinal, Phase = WorkPetPhase.Waiting }),
                .. asked.Run.Select(pet => new WorkPetStatus
                {
                    Ordinal = pet.Ordinal,
                    Epoch = pet.Epoch,
                    TemplateHash = pet.TemplateHash,
                    Node = $"{cluster}-1",
                    Phase = mayRun ? WorkPetPhase.Ready : WorkPetPhase.Waiting,
                    Reason = mayRun ? null : WorkPetReasons.Fenced,
                }),
            ],
        };
    }

    /// <summary>Every volume holds one gigabyte; its checksum names the copy.</summary>
    private WorkStatus TakeAndStore(Work work, WorkSnapshots asked)
    {
        var known = _works.GetValueOrDefault(work.Uid)?.Snapshots ?? [];
        var taken = asked.Take.Select(take => new WorkSnapshotStatus
        {
            Id = take.Id,
            Part = WorkSnapshotPart.Taken,
            Node = take.Node,
            TakenAt = plane.Time.GetUtcNow(),
            Claims = [.. take.Claims.Select(claim => new WorkSnapshotClaim { Name = claim, Bytes = 1 << 30, Digest = $"{take.Id}/{claim}" })],
        });
        var parts = taken.Concat(asked.Hold.Select(hold => new WorkSnapshotStatus { Id = hold.Id, Part = WorkSnapshotPart.Stored, Node = $"{cluster}-1", Claims = hold.Claims }));
        if (Deletes)
            DeletedParts.AddRange(asked.Discard.Select(part => $"{part.Part} {part.Id}").Except(DeletedParts).ToList());
        return Forever(work, 0) with
        {
            Snapshots =
            [
                .. parts.Select(part => known.FirstOrDefault(state => (state.Id, state.Part) == (part.Id, part.Part) && state.Phase is WorkSnapshotPhase.Done or WorkSnapshotPhase.Failed) ?? Snapshots(part)),
                .. asked.Discard.Where(_ => !Deletes).Select(part => new WorkSnapshotStatus { Id = part.Id, Part = part.Part, Phase = WorkSnapshotPhase.Discarding }),
            ],
        };
    }

    /// <summary>Runs an index for as long as this test says, and keeps in mind what it began.</summary>
    private WorkStatus Job(Work work, WorkCompletions asked)
    {
        var open = IndexSet.Parse(asked.Indexes);
        var before = _works.GetValueOrDefault(work.Uid);
        var (succeeded, failed) = (IndexSet.Parse(before?.Succeeded), IndexSet.Parse(before?.Failed));
        var running = open.Except(succeeded).Except(failed).Take(asked.Parallelism);
        Began.AddRange(running.Where(index => IsPatient || !Began.Contains((work.Uid, index))).Select(index => (work.Uid, index)));
        if (!IsPatient)
        {
            succeeded = succeeded.Union(running.Except(Doomed));
            failed = failed.Union(running.Intersect(Doomed));
        }

        return Forever(work, IsPatient ? running.Count : 0) with { Succeeded = succeeded.ToString(), Failed = failed.ToString() };
    }

    private WorkStatus Forever(Work work, int replicas) => new()
    {
        Uid = work.Uid,
        Kind = work.Kind,
        Namespace = work.Namespace,
        Name = work.Name,
        Revision = work.Revision,
        TemplateHash = work.TemplateHash,
        Desired = replicas,
        Running = replicas,
        Ready = replicas,
        Updated = replicas,
        Images = Finds(work),
    };
}
