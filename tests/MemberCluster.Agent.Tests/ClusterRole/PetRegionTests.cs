using System.Globalization;
using Federation.Api;
using Federation.Api.Agents;
using Federation.Api.Clusters;
using MemberCluster.Agent.Runtime;
using MemberCluster.Agent.Tests.Support;

namespace MemberCluster.Agent.Tests.ClusterRole;

/// <summary>Pets on the nodes of a region: one live container of each, whatever is cut off or dies, and one that comes back. Both is looked at after every step of the clock.</summary>
public sealed class PetRegionTests : IAsyncLifetime
{
    private const string Uid = "uid-db";
    private readonly RegionFixture _region = RegionFixture.Start(nodes: 3);
    private Work _work = PetMachine.Pets();
    private bool _answersFences = true;
    private long _asked;

    public Task InitializeAsync()
    {
        _region.ControlPlane.FenceSeconds = 10;
        _region.Stepped = Check;
        return Task.CompletedTask;
    }

    public Task DisposeAsync() => _region.DisposeAsync().AsTask();

    [Fact]
    public async Task Apply_FivePets_EachOnOneNodeAndSpread()
    {
        await RunAsync(5);

        _region.Spread.Order().ShouldBe([1, 2, 2]);
        Pets.Select(pet => (pet.Ordinal, pet.Epoch, pet.Phase)).ShouldBe(Enumerable.Range(0, 5).Select(ordinal => (ordinal, 1L, WorkPetPhase.Ready)));
        foreach (var pet in Pets)
            pet.Node.ShouldBe($"us-east-1.{NodeOf(pet.Ordinal)}");
        _region.ControlPlane.Pods.Select(pod => pod.Metadata.Name).Order().ShouldBe(["db-0", "db-1", "db-2", "db-3", "db-4"]);
    }

    [Fact]
    public async Task NodeCutOff_ItsPetsEndThere_AndStartElsewhereWithTheNextEpochOnly()
    {
        _answersFences = false;
        await RunAsync(3);
        var (lost, pet) = ("n2", OrdinalsOn("n2").Single());
        _region[lost].Link.IsCut = true;

        await _region.UntilAsync(() => PetOf(pet).Reason == WorkPetReasons.NodeFenced, "its node is fenced");
        (PetOf(pet).Phase, PetOf(pet).Epoch).ShouldBe((WorkPetPhase.Waiting, 1));
        _region[lost].RunningIds.ShouldBeEmpty("its permission has ended");
        await _region.PassAsync(TimeSpan.FromSeconds(10));
        _region.RunningIds.Length.ShouldBe(2, "the epoch is the control plane's to raise");

        _answersFences = true;
        await UntilReadyAsync(3);
        NodeOf(pet).ShouldNotBe(lost);
        (PetOf(pet).Epoch, LabelOf(pet, PodLabels.Epoch)).ShouldBe((2, "2"));

        _region[lost].Link.IsCut = false;
        await _region.UntilAsync(() => Reason(lost) == "EngineReady", "the node is back");
        await _region.PassAsync(TimeSpan.FromSeconds(15));
        NodeOf(pet).ShouldNotBe(lost);
        await UntilReadyAsync(3);
        _region.ControlPlane.StatusOf(Uid)!.Reason.ShouldBeNull();
    }

    [Fact]
    public async Task NodeCutOff_PetHasAVolume_WaitsForTheNode()
    {
        await RunAsync(3, volumes: true);
        var pet = OrdinalsOn("n2").Single();
        _region["n2"].Link.IsCut = true;

        await _region.PassAsync(TimeSpan.FromSeconds(40));
        _region.RunningIds.Length.ShouldBe(2);
        (PetOf(pet).Reason, PetOf(pet).Phase, PetOf(pet).Node).ShouldBe((WorkPetReasons.NodeAway, WorkPetPhase.Waiting, "us-east-1.n2"));
        _region["n2"].Link.IsCut = false;

        await UntilReadyAsync(3);
        (NodeOf(pet), PetOf(pet).Epoch).ShouldBe(("n2", 1));
    }

    [Fact]
    public async Task NodeCutOff_PetsRunWithoutPermission_NothingMoves()
    {
        await RunAsync(3, kept: true);
        var running = _region.RunningIds;
        _region["n2"].Link.IsCut = true;

        await _region.PassAsync(TimeSpan.FromSeconds(40));

        _region.RunningIds.ShouldBe(running);
        PetOf(OrdinalsOn("n2").Single()).Phase.ShouldBe(WorkPetPhase.Running);
    }

    [Fact]
    public async Task NodeDrained_PetsMoveOneByOne_StoppedBeforeTheyStart()
    {
        await RunAsync(5);
        var fewest = 5;
        _region.Stepped = () =>
        {
            Check();
            fewest = Math.Min(fewest, _region.RunningIds.Length);
        };
        _region.ControlPlane.Wish(new NodeSettings { Name = "n1", Drain = true });

        await _region.UntilAsync(() => _region["n1"].RunningIds.IsEmpty && Pets.All(pet => pet.Phase == WorkPetPhase.Ready), "its pets are elsewhere");
        fewest.ShouldBe(4);
        Pets.ShouldAllBe(pet => pet.Epoch == 1, "each went with its node's word");
    }

    [Fact]
    public async Task NodeDrained_PetsHaveVolumes_StayAndSayWhy()
    {
        await RunAsync(3, volumes: true);
        var running = _region.RunningIds;
        _region.ControlPlane.Wish(new NodeSettings { Name = "n1", Drain = true });

        await _region.UntilAsync(() => PetOf(OrdinalsOn("n1").Single()).Reason == WorkPetReasons.CannotMove, "it says so");
        await _region.PassAsync(TimeSpan.FromSeconds(10));
        _region.RunningIds.ShouldBe(running);
        _region.ControlPlane.StatusOf(Uid)!.Message!.ShouldContain("its volume is there");
    }

    [Fact]
    public async Task PetIsDeleted_RestartsInPlace_AndMovesFromACordonedNode()
    {
        await RunAsync(3);
        var pet = OrdinalsOn("n1").Single();
        var pod = _region.ControlPlane.Pods.Single(pod => pod.Metadata.Name == $"db-{pet}");
        _region.ControlPlane.Evict(new PodEviction { Namespace = "default", Name = pod.Metadata.Name, Uid = pod.Metadata.Uid!, GracePeriodSeconds = 2 });
        await _region.UntilAsync(() => _region.ControlPlane.Pods.Any(next => next.Metadata.Name == pod.Metadata.Name && next.Metadata.Uid != pod.Metadata.Uid), "it is another pod");
        _region.ControlPlane.Evict();
        await UntilReadyAsync(3);
        NodeOf(pet).ShouldBe("n1");

        _region.ControlPlane.Wish(new NodeSettings { Name = "n1", Unschedulable = true });
        pod = _region.ControlPlane.Pods.Single(pod => pod.Metadata.Name == $"db-{pet}");
        _region.ControlPlane.Evict(new PodEviction { Namespace = "default", Name = pod.Metadata.Name, Uid = pod.Metadata.Uid!, GracePeriodSeconds = 2 });
        await _region.UntilAsync(() => _region["n1"].RunningIds.IsEmpty && _region.RunningIds.Length == 3, "it has moved");
        await UntilReadyAsync(3);
        PetOf(pet).Epoch.ShouldBe(1);
    }

    [Fact]
    public async Task ControlPlaneCutOff_AllPetsEnd_AndComeBackWhereTheyWere()
    {
        await RunAsync(3);
        var nodes = Pets.Select(pet => pet.Node);
        _region.ControlPlane.IsCut = true;

        await _region.PassAsync(TimeSpan.FromSeconds(3));
        _region.RunningIds.Length.ShouldBe(3, "the permission goes on for a while");
        await _region.UntilAsync(() => _region.RunningIds.IsEmpty, "it ends on every node");
        _region.ControlPlane.IsCut = false;

        await UntilReadyAsync(3);
        Pets.Select(pet => pet.Node).ShouldBe(nodes);
    }

    [Fact]
    public async Task ControlPlaneHasMovedAPetMeanwhile_TheNodesLearnItBeforeTheyRunAnything()
    {
        await RunAsync(3);
        _region.ControlPlane.IsCut = true;
        await _region.UntilAsync(() => _region.RunningIds.IsEmpty, "the permission ends");
        var revision = Ask(_work.Pets! with { Run = [.. _work.Pets.Run.Where(pet => pet.Ordinal != 1)] });
        _region.ControlPlane.FenceFrom = revision;
        var seen = false;
        _region.Stepped = () =>
        {
            Check();
            seen |= OrdinalsOn("n1").Concat(OrdinalsOn("n2")).Concat(OrdinalsOn("n3")).Contains(1);
        };
        _region.ControlPlane.IsCut = false;

        await UntilReadyAsync(2);
        await _region.PassAsync(TimeSpan.FromSeconds(10));
        seen.ShouldBeFalse("it runs in another cluster");
    }

    [Fact]
    public async Task ClusterAgentReplaced_WithItsDisk_NoPetIsTouched()
    {
        await RunAsync(3);
        var running = _region.RunningIds;
        await _region.KillClusterAsync();
        await _region.PassAsync(TimeSpan.FromSeconds(1));

        _region.StartCluster();
        await _region.PassAsync(TimeSpan.FromSeconds(20));

        _region.RunningIds.ShouldBe(running);
        await UntilReadyAsync(3);
    }

    [Fact]
    public async Task ClusterAgentReplaced_WithoutItsDiskWhileANodeIsCutOff_WaitsForThePermissionsThatItDoesNotKnow()
    {
        await RunAsync(3);
        var pet = OrdinalsOn("n2").Single();
        _region["n2"].Link.IsCut = true;
        await _region.KillClusterAsync();
        _region.LoseClusterData();
        _region.StartCluster([]);
        var startedAt = _region.Time.GetUtcNow();

        await _region.UntilAsync(() => _region.Nodes.Any(node => node.Name != "n2" && OrdinalsOn(node.Name).Contains(pet)), "the pet runs elsewhere");
        (_region.Time.GetUtcNow() - startedAt).ShouldBeGreaterThanOrEqualTo(TimeSpan.FromSeconds(12));
    }

    [Fact]
    public async Task NodeCutOff_TheControlPlanePermitsForLonger_ItsPetsRunForAsLong()
    {
        _region.ControlPlane.FenceSeconds = 40;
        await RunAsync(3);
        _region["n2"].Link.IsCut = true;

        await _region.PassAsync(TimeSpan.FromSeconds(25));
        _region.RunningIds.Length.ShouldBe(3);
        await _region.UntilAsync(() => _region["n2"].RunningIds.IsEmpty, "its permission ends");
        await UntilReadyAsync(3);
    }

    /// <summary>With its disk it knows how long it permitted, whatever the control plane says by now; without, it takes the control plane's word.</summary>
    [Theory]
    [InlineData(true, 10)]
    [InlineData(false, 40)]
    public async Task ClusterAgentReplaced_WhileANodeHasALongPermission_WaitsForItsEnd(bool hasDisk, double next)
    {
        _region.ControlPlane.FenceSeconds = 40;
        await RunAsync(3);
        var pet = OrdinalsOn("n2").Single();
        _region["n2"].Link.IsCut = true;
        await _region.KillClusterAsync();
        if (!hasDisk)
            _region.LoseClusterData();
        _region.ControlPlane.FenceSeconds = next;
        _region.StartCluster([]);
        var startedAt = _region.Time.GetUtcNow();

        await _region.UntilAsync(() => _region.Nodes.Any(node => node.Name != "n2" && OrdinalsOn(node.Name).Contains(pet)), "the pet runs elsewhere");
        (_region.Time.GetUtcNow() - startedAt).ShouldBeGreaterThanOrEqualTo(TimeSpan.FromSeconds(48));
    }

    [Fact]
    public async Task PetIsTakenFromTheClusterWhileItsNodeIsCutOff_IsNamedUntilTheNodeIsFenced()
    {
        await RunAsync(3);
        var pet = OrdinalsOn("n3").Single();
        _region["n3"].Link.IsCut = true;
        await _region.PassAsync(TimeSpan.FromSeconds(1));
        var revision = Ask(_work.Pets! with { Run = [.. _work.Pets.Run.Where(other => other.Ordinal != pet)] });

        await _region.UntilAsync(() => _region.ControlPlane.StatusOf(Uid) is { } status && status.Revision >= revision && status.Pets.All(named => named.Ordinal != pet), "the cluster says that it does not run");
        _region["n3"].RunningIds.ShouldBeEmpty();
        _region["n3"].Link.IsCut = false;
        await UntilReadyAsync(2);
    }

    [Fact]
    public async Task Deleted_WhileANodeIsCutOff_IsNotGoneBeforeTheNodeSaysSo()
    {
        await RunAsync(3);
        _region["n3"].Link.IsCut = true;
        await _region.PassAsync(TimeSpan.FromSeconds(1));
        _region.ControlPlane.Delete(Uid);

        await _region.PassAsync(TimeSpan.FromSeconds(30));
        _region.ControlPlane.StatusOf(Uid)!.Gone.ShouldBeFalse();
        _region["n3"].Link.IsCut = false;
        await _region.UntilAsync(() => _region.ControlPlane.StatusOf(Uid)?.Gone != false, "it is gone");
    }

    /// <summary>A machine that holds the work and runs nothing of it is no share of anybody's that lost his disk, and has to confirm all the same.</summary>
    [Fact]
    public async Task Deleted_WhileTheClusterAgentLosesItsDisk_IsGoneAlsoWhereNothingOfItRuns()
    {
        await RunAsync(2);
        var revision = Ask(_work.Pets! with { Run = [] });
        await _region.UntilAsync(() => _region.ControlPlane.StatusOf(Uid) is { Pets.Count: 0 } status && status.Revision >= revision, "the pets are gone");

        await _region.KillClusterAsync();
        _region.LoseClusterData();
        _region.ControlPlane.Delete(Uid);
        _region.StartCluster([]);

        await _region.UntilAsync(() => _region.ControlPlane.StatusOf(Uid) is { Gone: true }, "it is gone");
    }

    private IReadOnlyList<WorkPetStatus> Pets => _region.ControlPlane.StatusOf(Uid)?.Pets ?? [];

    private async Task RunAsync(int pets, bool volumes = false, bool kept = false)
    {
        await _region.UntilAsync(() => _region.ControlPlane.Inventory is { Addresses.Count: 3 }, "the nodes are there");
        Ask(new WorkPets
        {
            IsFenced = !kept,
            Claims = volumes ? [new WorkClaim { Name = "data" }] : [],
            Run = [.. Enumerable.Range(0, pets).Select(ordinal => PetMachine.Pet(ordinal))],
        });
        await UntilReadyAsync(pets);
    }

    private long Ask(WorkPets pets) => _asked = _region.ControlPlane.Apply(_work = _work with { Pets = pets });

    private Task UntilReadyAsync(int pets) => _region.UntilAsync(
        () => Pets.Count == pets && Pets.All(pet => pet is { Phase: WorkPetPhase.Ready, Reason: null }) && _region.RunningIds.Length == pets, $"{pets} pets are ready");

    private WorkPetStatus PetOf(int ordinal) => Pets.Single(pet => pet.Ordinal == ordinal);

    private string NodeOf(int ordinal) => _region.Nodes.Single(node => OrdinalsOn(node.Name).Contains(ordinal)).Name;

    private string LabelOf(int ordinal, string label) => _region.Nodes.SelectMany(node => Alive(node.Name)).Single(container => OrdinalOf(container) == ordinal).Labels[label];

    private string? Reason(string node) => _region.ControlPlane.Nodes.Single(known => known.Metadata.Name == $"us-east-1.{node}").Status.Conditions.Single(condition => condition.Type == "Ready").Reason;

    private IEnumerable<Container> Alive(string node) => _region[node].Engine.Snapshot().Where(container => container.State == ContainerState.Running);

    private List<int> OrdinalsOn(string node) => [.. Alive(node).Select(OrdinalOf)];

    private static int OrdinalOf(Container container) => int.Parse(container.Labels[PodLabels.Ordinal], CultureInfo.InvariantCulture);

    private void Check()
    {
        var alive = _region.Nodes.SelectMany(node => Alive(node.Name).Select(container => (node.Name, Ordinal: OrdinalOf(container)))).ToList();
        foreach (var twice in alive.GroupBy(pet => pet.Ordinal).Where(group => group.Count() > 1))
            throw new InvalidOperationException($"Pet {twice.Key} lives on {string.Join(" and ", twice.Select(pet => pet.Name))}.");
        CheckNamed(alive);
        if (_answersFences && _work.Pets is { } pets && pets.Run.Any(IsFenced))
            Ask(pets with { Run = [.. pets.Run.Select(pet => IsFenced(pet) ? pet with { Epoch = pet.Epoch + 1 } : pet)] });
    }

    /// <summary>Whoever reads a status starts elsewhere what it does not name.</summary>
    private void CheckNamed(List<(string Name, int Ordinal)> alive)
    {
        if (_region.ControlPlane.StatusOf(Uid) is not { Revision: > 0 } status)
            return;
        foreach (var (node, ordinal) in alive.Where(pet => status.Pets.All(named => named.Ordinal != pet.Ordinal)))
            (status.Revision < _asked && _work.Pets!.Run.Any(pet => pet.Ordinal == ordinal)).ShouldBeTrue($"pet {ordinal} runs on {node}, and the status does not name it");
    }

    private bool IsFenced(WorkPet pet) => Pets.Any(said => said.Ordinal == pet.Ordinal && said.Epoch == pet.Epoch && said.Reason == WorkPetReasons.NodeFenced);
}
