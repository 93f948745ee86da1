using Federation.Api;
using Federation.Api.Agents;
using Federation.Api.Apps;
using Federation.Api.Meta;
using Federation.Api.Pets;
using Federation.Api.Quantities;
using Federation.Grains.Clusters;
using Federation.Grains.Objects;
using Federation.Grains.Pets;

namespace Federation.Grains.Tests.Pets;

public sealed class PetSetGrainTests : IAsyncLifetime
{
    private static readonly TimeSpan Whole = new FenceOptions().Whole;
    private static readonly ObjectKey Key = new(PetSet.KindName, "default", "db");

    private GrainHarness _plane = null!;
    private readonly List<FakeAgent> _agents = [];
    private readonly List<FakeAgent> _lost = [];

    public async Task InitializeAsync() => _plane = await GrainHarness.StartAsync();

    public async Task DisposeAsync() => await _plane.DisposeAsync();

    [Fact]
    public async Task Create_ThreeRegions_EachPetRunsOnce()
    {
        await StartAsync(Sample(3));

        var set = (await ReadAsync())!;
        set.Status.Pets.Select(pet => pet.Cluster).ShouldBe(["a", "b", "c"], ignoreOrder: true);
        set.Status.Pets.ShouldAllBe(pet => pet.Epoch == 1);
        Alive().Order().ShouldBe(["db-0/1", "db-1/1", "db-2/1"]);
    }

    [Fact]
    public async Task RegionLost_PetStartsElsewhereOnceItsPermissionIsOver()
    {
        await StartAsync(Sample(3));
        var (lost, pet) = await LoseAsync();
        var since = _plane.Time.GetUtcNow();

        await PassAsync(async () => (await PetAsync(pet)) is { Phase: PetPhase.Ready, Epoch: 2 }, "the pet runs elsewhere", since);

        (_plane.Time.GetUtcNow() - since).ShouldBeGreaterThanOrEqualTo(Whole);
        var set = (await ReadAsync())!;
        var receipt = set.Status.Takeovers.ShouldHaveSingleItem();
        receipt.BoundAt.ShouldBe(receipt.FreedAt, "what is free is bound at once");
        (receipt.Ordinal, receipt.From, receipt.Epoch, receipt.FreedBy).ShouldBe((pet, lost.Cluster, 2, PetFreedBy.Fence));
        receipt.ReadyAt.ShouldNotBeNull();
        await _plane.UntilAsync(async () => (await _plane.ReadEventsAsync()).Any(@event => @event.InvolvedObject.Kind == PetSet.KindName), "people hear of it");
    }

    [Fact]
    public async Task RegionReturns_AfterItsPetWasTaken_DoesNotStartItAgain()
    {
        await StartAsync(Sample(3));
        var (lost, pet) = await LoseAsync();
        await PassAsync(async () => (await PetAsync(pet)) is { Phase: PetPhase.Ready, Epoch: 2 }, "the pet runs elsewhere", _plane.Time.GetUtcNow());

        // The first report of the agent that is back comes before it has read its stream.
        await lost.SendAsync(lost.NextReport());
        CheckOnce();
        await lost.SendAsync(lost.NextReport());
        CheckOnce();
        _agents.Add(lost);
        await PassAsync(async () => await _plane.IsReadyAsync(lost.Cluster) && lost.Works.Values.All(work => work.Gone), "it has let go of the pet", _plane.Time.GetUtcNow());
        (await PetAsync(pet)).Epoch.ShouldBe(2);
    }

    [Fact]
    public async Task RegionReturns_BeforeItsPermissionIsOver_KeepsItsPet()
    {
        await StartAsync(Sample(3));
        var (lost, pet) = await LoseAsync();
        for (var beat = 0; beat < 3; beat++)
            await BeatAsync(TimeSpan.FromSeconds(1));
        _agents.Add(lost);

        await PassAsync(async () => (await ReadAsync())!.Status.Pets.All(state => state.Phase == PetPhase.Ready), "all run", _plane.Time.GetUtcNow());

        (await PetAsync(pet)).ShouldSatisfyAllConditions(state => state.Cluster.ShouldBe(lost.Cluster), state => state.Epoch.ShouldBe(1));
    }

    [Fact]
    public async Task ControlPlaneCrashes_WhileItWaitsForTheFence_TheTakeoverGoesOn()
    {
        await StartAsync(Sample(3));
        var (lost, pet) = await LoseAsync();
        await PassAsync(async () => await HasLeftAsync(lost, pet), "the pet is released", _plane.Time.GetUtcNow());

        await _plane.CrashAsync();

        await PassAsync(async () => (await PetAsync(pet)) is { Phase: PetPhase.Ready, Epoch: 2 }, "the pet runs elsewhere", _plane.Time.GetUtcNow());
    }

    [Fact]
    public async Task Keep_RegionLost_OnlyAPersonStartsThePetElsewhere()
    {
        await StartAsync(Sample(3) with { Spec = Sample(3).Spec with { PartitionPolicy = PartitionPolicy.Keep } });
        var (lost, pet) = await LoseAsync();
        for (var beat = 0; beat < 60; beat++)
            await BeatAsync(TimeSpan.FromSeconds(1), isOnce: true);
        (await PetAsync(pet)).Cluster.ShouldBe(lost.Cluster);
        lost.Alive.ShouldHaveSingleItem("it goes on running");

        // The person has switched the machine off.
        var said = await SayAsync(PetWordKind.Fence, pet);
        said.Failure.ShouldBeNull(said.Failure?.Message);
        await PassAsync(async () => (await PetAsync(pet)) is { Phase: PetPhase.Ready, Epoch: 2 }, "the pet runs elsewhere", _plane.Time.GetUtcNow(), isOnce: false);

        await _plane.UntilAsync(
            async () => (await _plane.ReadEventsAsync()).Any(@event => @event.Reason == "SaidDead" && @event.Message.StartsWith($"jane vouches for it that db-{pet}, epoch 1", StringComparison.Ordinal)),
            "it stands there who said so");
    }

    [Fact]
    public async Task Say_PetRuns_NobodyMayCallItDead()
    {
        await StartAsync(Sample(3));

        (await SayAsync(PetWordKind.Fence, 0)).Failure!.Reason.ShouldBe(StatusReasons.Conflict);
        (await SayAsync(PetWordKind.Fence, 7)).Failure!.Reason.ShouldBe(StatusReasons.Conflict);
        (await _plane.Grains.GetGrain<IPetSetGrain>(new ObjectKey(PetSet.KindName, "default", "other").ToString())
            .SayAsync(new PetWord(), dryRun: false, CancellationToken.None)).Failure!.Reason.ShouldBe(StatusReasons.NotFound);
        (await ReadAsync())!.Status.Words.ShouldBeEmpty();
    }

    [Fact]
    public async Task Say_Release_PetStopsAndStartsElsewhere()
    {
        await StartAsync(Sample(2));
        var before = (await PetAsync(0)).Cluster;

        (await SayAsync(PetWordKind.Release, 0)).Failure.ShouldBeNull();

        await PassAsync(async () => (await PetAsync(0)) is { Phase: PetPhase.Ready, Epoch: 2 } pet && pet.Cluster != before, "it runs elsewhere", _plane.Time.GetUtcNow());
        (await ReadAsync())!.Status.Takeovers.ShouldHaveSingleItem().FreedBy.ShouldBe(PetFreedBy.Cluster);
    }

    [Fact]
    public async Task Delete_RegionIsAway_TheSetGoesOnceItIsSureThatNothingRuns()
    {
        await StartAsync(Sample(3));
        var (lost, _) = await LoseAsync();

        await _plane.DeleteAsync(Key);
        await PassAsync(async () => await ReadAsync() is null, "it is gone", _plane.Time.GetUtcNow());

        Alive().ShouldBeEmpty();
        (await _plane.ReadClusterAsync(lost.Cluster))!.Status.Tombstones.ShouldHaveSingleItem("who comes back is told").Name.ShouldBe("db");
    }

    [Fact]
    public async Task Say_Move_VolumesAreCarriedAndTheOldOnesGo()
    {
        await StartAsync(WithVolumes(2));
        var (from, to) = ((await PetAsync(0)).Cluster!, Idle());
        to.Copies = static copy => copy with { Phase = WorkPetCopyPhase.Copying, Bytes = 4096 };

        (await MoveAsync(0, "nowhere")).Failure!.Message.ShouldNotBeNull().ShouldContain("there is no cluster nowhere");
        (await MoveAsync(0, to.Cluster)).Failure.ShouldBeNull();
        await PassAsync(async () => (await PetAsync(0)).Move?.Bytes == 4096, "bytes arrive", _plane.Time.GetUtcNow());
        (await PetAsync(0)).Phase.ShouldBe(PetPhase.Moving);
        Alive().ShouldBe(["db-1/1"]);
        to.Copies = static copy => copy with { Phase = WorkPetCopyPhase.Done, Bytes = 8192, Digest = "sha256:1" };
        await PassAsync(async () => (await ReadAsync())!.Status is { Takeovers: [{ DiscardedAt: not null }], Leftovers: [] }, "all is done", _plane.Time.GetUtcNow());

        (await PetAsync(0)).ShouldSatisfyAllConditions(pet => pet.Cluster.ShouldBe(to.Cluster), pet => pet.Epoch.ShouldBe(2), pet => pet.Phase.ShouldBe(PetPhase.Ready), pet => pet.Move.ShouldBeNull());
        var receipt = (await ReadAsync())!.Status.Takeovers.Single();
        (receipt.From, receipt.By, receipt.Bytes, receipt.Digest).ShouldBe((from, "jane", 8192L, "sha256:1"));
        _agents.Where(agent => agent.Deleted.Count > 0).ShouldHaveSingleItem().Cluster.ShouldBe(from);
        await _plane.UntilAsync(
            async () => (await _plane.ReadEventsAsync()).Any(@event => @event.Reason == "AskedToMove" && @event.Message == $"jane asked that db-0, epoch 1, moves from {from} to {to.Cluster} with its volumes."),
            "it stands there who said so");
    }

    [Fact]
    public async Task Say_MoveTakenBack_PetGoesHomeAndTheCopyGoes()
    {
        await StartAsync(WithVolumes(2));
        var (from, to) = ((await PetAsync(0)).Cluster!, Idle());
        to.Copies = static copy => copy with { Phase = WorkPetCopyPhase.Copying, Bytes = 4096 };
        (await MoveAsync(0, null)).Failure!.Reason.ShouldBe(StatusReasons.Conflict);
        await MoveAsync(0, to.Cluster);
        await PassAsync(async () => (await PetAsync(0)).Move?.Bytes == 4096, "bytes arrive", _plane.Time.GetUtcNow());

        (await MoveAsync(0, null)).Failure.ShouldBeNull();
        await PassAsync(async () => await PetAsync(0) is { Phase: PetPhase.Ready, Epoch: 2 } && (await ReadAsync())!.Status.Leftovers.Count == 0, "it is home", _plane.Time.GetUtcNow());

        (await PetAsync(0)).Cluster.ShouldBe(from);
        to.Deleted.ShouldBe(["db-0"]);
        (await ReadAsync())!.Status.Takeovers.ShouldBeEmpty();
    }

    /// <summary>Every operation on the store during a move fails once, before or after it was made, and the control plane dies with it.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Move_CrashAtEachStoreOperation_NeverTwiceAndTheOldVolumesGoLast(bool failAfter)
    {
        await StartAsync(WithVolumes(2));
        var strikes = 0;
        for (var round = 1; round <= 12; round++)
        {
            var before = await PetAsync(0);
            var to = Idle();
            foreach (var agent in _agents)
                agent.Deleted.Clear();
            await MoveAsync(0, to.Cluster);
            var hasStruck = false;
            _plane.Store.Count();
            _plane.Store.FailAfter = failAfter;
            _plane.Store.OnFault = () => hasStruck = true;
            _plane.Store.FailAt = _plane.Store.Operations + round;
            await PassAsync(async () =>
            {
                if (hasStruck)
                {
                    (hasStruck, _plane.Store.FailAt) = (false, null);
                    strikes++;
                    await _plane.CrashAsync();
                }

                var status = (await ReadAsync())!.Status;
                if (status.Pets.Single(pet => pet.Ordinal == 0).Epoch == before.Epoch)
                    _agents.ShouldAllBe(agent => agent.Deleted.Count == 0);
                return status.Leftovers.Count == 0 && status.Words.Count == 0 && status.Pets.All(pet => pet.Phase == PetPhase.Ready) && status.Pets[0].Cluster == to.Cluster;
            }, $"round {round}: it has moved", _plane.Time.GetUtcNow());
            _plane.Store.FailAt = null;
            (await PetAsync(0)).Epoch.ShouldBe(before.Epoch + 1, "one move, one epoch");
            _agents.Single(agent => agent.Deleted.Count > 0).Cluster.ShouldBe(before.Cluster);
        }

        strikes.ShouldBeGreaterThan(8, "the faults must have reached the moves");
    }

    /// <summary>Every operation on the store during a takeover fails once, before or after it was made, and the control plane dies with it.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RegionLost_CrashAtEachStoreOperation_NeverTwiceAndAlwaysThere(bool failAfter)
    {
        await StartAsync(Sample(3));
        var strikes = 0;
        for (var round = 1; round <= 12; round++)
        {
            var before = (await ReadAsync())!.Status.Pets;
            var (lost, pet) = await LoseAsync();
            var hasStruck = false;
            _plane.Store.Count();
            _plane.Store.FailAfter = failAfter;
            _plane.Store.OnFault = () => hasStruck = true;
            var isAway = await PassAsync(async () => await HasLeftAsync(lost, pet), "the pet is released", _plane.Time.GetUtcNow());
            _plane.Store.FailAt = _plane.Store.Operations + round;
            await PassAsync(async () =>
            {
                if (hasStruck)
                {
                    (hasStruck, _plane.Store.FailAt) = (false, null);
                    strikes++;
                    await _plane.CrashAsync();
                }

                return (await ReadAsync())!.Status.Pets.All(state => state.Phase == PetPhase.Ready);
            }, $"round {round}: all run again", isAway);
            _plane.Store.FailAt = null;
            (await ReadAsync())!.Status.Pets.Select(state => state.Epoch).ShouldBe(before.Select(was => was.Cluster == lost.Cluster ? was.Epoch + 1 : was.Epoch), "one takeover, one epoch");
            _agents.Add(lost);
            await PassAsync(async () => await _plane.IsReadyAsync(lost.Cluster), "the region is back", _plane.Time.GetUtcNow());
        }

        strikes.ShouldBeGreaterThan(8, "the faults must have reached the takeovers");
    }

    private static PetSet Sample(int replicas) => new()
    {
        Metadata = new ObjectMeta { Name = "db", Namespace = "default" },
        Spec = new PetSetSpec
        {
            Replicas = replicas,
            Template = new PodTemplate { Spec = new PodSpec { Containers = [new ContainerSpec { Name = "db", Image = "etcd:3" }] } },
        },
    };

    private static PetSet WithVolumes(int replicas) => Sample(replicas) with
    {
        Spec = Sample(replicas).Spec with { VolumeClaims = [new VolumeClaim { Name = "data", Size = Quantity.Parse("1Gi") }] },
    };

    /// <summary>The cluster without pets.</summary>
    private FakeAgent Idle() => _agents.First(agent => !agent.Alive.Any());

    private Task<WriteResult> MoveAsync(int ordinal, string? to) => _plane.Grains.GetGrain<IPetSetGrain>(Key.ToString())
        .SayAsync(new PetWord { Kind = PetWordKind.Move, Ordinal = ordinal, To = to, By = "jane" }, dryRun: false, CancellationToken.None);

    private async Task StartAsync(PetSet set)
    {
        foreach (var (name, region) in ((string, string)[])[("a", "us"), ("b", "eu"), ("c", "ap")])
            _agents.Add(await _plane.StartClusterAsync(name, region));
        await _plane.CreateAsync(set);
        await PassAsync(
            async () => (await ReadAsync())?.Status is { } status && status.Pets.Count == set.Spec.Replicas && status.Pets.All(pet => pet.Phase == PetPhase.Ready), "all run", _plane.Time.GetUtcNow());
    }

    /// <summary>Cuts off a cluster that runs a pet.</summary>
    private async Task<(FakeAgent Agent, int Ordinal)> LoseAsync()
    {
        var pet = (await ReadAsync())!.Status.Pets[0];
        var lost = _agents.Single(agent => agent.Cluster == pet.Cluster);
        _agents.Remove(lost);
        _lost.Add(lost);
        return (lost, pet.Ordinal);
    }

    /// <summary>The pet is on its way; where timers fire late, it may have arrived between two looks.</summary>
    private async Task<bool> HasLeftAsync(FakeAgent lost, int ordinal) => await PetAsync(ordinal) is { Release: not null } or { Cluster: null } || (await PetAsync(ordinal)).Cluster != lost.Cluster;

    /// <summary>Time passes, and the clusters that can be heard do what they are told.</summary>
    /// <returns>When the condition held.</returns>
    private async Task<DateTimeOffset> PassAsync(Func<Task<bool>> condition, string what, DateTimeOffset since, bool isOnce = true)
    {
        while (!await condition())
        {
            (_plane.Time.GetUtcNow() - since).ShouldBeLessThan(TimeSpan.FromMinutes(2), $"{what}\n{await DescribeAsync()}");
            await BeatAsync(TimeSpan.FromMilliseconds(500), isOnce);
        }

        return _plane.Time.GetUtcNow();
    }

    private async Task BeatAsync(TimeSpan step, bool isOnce = true)
    {
        _plane.Time.Advance(step);
        foreach (var agent in _agents)
            await agent.ReportAsync();
        if (isOnce)
            CheckOnce();
        await _plane.SettleAsync();
    }

    /// <summary>What a failure is explained by.</summary>
    private async Task<string> DescribeAsync()
    {
        var lines = ((await ReadAsync())?.Status.Pets ?? []).Select(pet => $"{pet.Name} {pet.Cluster} {pet.Epoch} {pet.Phase} {pet.Release} {pet.Message}").ToList();
        foreach (var agent in _agents.Union(_lost))
            lines.Add($"{agent.Cluster} heard: {_agents.Contains(agent)} {string.Join(", ", (await _plane.ReadClusterAsync(agent.Cluster))!.Status.Conditions.Select(condition => $"{condition.Type}={condition.Status} {condition.LastTransitionTime:T}"))}");
        return string.Join('\n', lines);
    }

    private void CheckOnce() => Alive().GroupBy(name => name.Split('/')[0]).ShouldAllBe(pet => pet.Count() == 1);

    private IEnumerable<string> Alive() => _agents.Union(_lost).SelectMany(agent => agent.Alive);

    private Task<PetSet?> ReadAsync() => _plane.ReadAsync<PetSet>(Key);

    private async Task<PetStatus> PetAsync(int ordinal) => (await ReadAsync())!.Status.Pets.Single(pet => pet.Ordinal == ordinal);

    private Task<WriteResult> SayAsync(PetWordKind kind, int ordinal) => _plane.Grains.GetGrain<IPetSetGrain>(Key.ToString())
        .SayAsync(new PetWord { Kind = kind, Ordinal = ordinal, By = "jane" }, dryRun: false, CancellationToken.None);
}
