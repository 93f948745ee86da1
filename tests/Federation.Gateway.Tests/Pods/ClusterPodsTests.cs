using Federation.Api;
using Federation.Api.Agents;
using Federation.Api.Meta;
using Federation.Api.Pods;
using Federation.Gateway.Pods;
using Federation.Gateway.Sources;
using Federation.Grains.Clusters;

namespace Federation.Gateway.Tests.Pods;

public sealed class ClusterPodsTests
{
    private readonly ReportedTable _table = new("pods", TimeProvider.System, 10);
    private readonly ClusterPods _pods;

    public ClusterPodsTests() => _pods = new ClusterPods("c", _table, new PodOwners(static _ => null), new ClusterNodes("c", new ReportedTable("nodes", TimeProvider.System, 10)));

    [Fact]
    public void Follow_InOrder_Applies()
    {
        _pods.Reset(Full(3, "a", "b")).ShouldBeTrue();
        _pods.Follow(Delta(4, ["c"], ["a"])).ShouldBeTrue();

        Names().ShouldBe(["b", "c"]);
    }

    [Fact]
    public void Follow_PetHasMovedOn_ItsNewClusterShowsItAndTheOldOneNoMore()
    {
        var home = "old";
        var owners = new PodOwners(pod => pod.Metadata.Name == "db-0" ? home : null);
        var (older, newer) = (Of("old", owners), Of("new", owners));
        older.Reset(Full(1, "db-0", "web"));
        home = "new";

        newer.Reset(Full(1, "db-0", "web"));

        ClusterOf("db-0").ShouldBe("new");
        ClusterOf("web").ShouldBe("old", "only pets have a home that somebody knows");
        older.Follow(Delta(2, ["db-0"], ["web"]));
        ClusterOf("db-0").ShouldBe("new");
        older.Follow(Delta(3, [], ["db-0"]));
        ClusterOf("db-0").ShouldBe("new", "what the old one has lost is not its own any more");
    }

    [Fact]
    public void Follow_GapOrOtherActivation_AsksForASubscription()
    {
        _pods.Reset(Full(3, "a"));

        _pods.Follow(Delta(5, ["b"], [])).ShouldBeFalse();
        _pods.Follow(Delta(4, ["b"], []) with { Activation = "other" }).ShouldBeFalse();
        Names().ShouldBe(["a"]);
    }

    [Fact]
    public void Follow_AlreadyKnown_IsIgnored()
    {
        _pods.Reset(Full(3, "a"));

        _pods.Follow(Delta(3, [], ["a"])).ShouldBeTrue();

        Names().ShouldBe(["a"]);
    }

    [Fact]
    public void Follow_BeforeTheSubscriptionAnswered_IsAppliedAfterIt()
    {
        _pods.Follow(Delta(5, ["new"], [])).ShouldBeTrue();
        _pods.Follow(Delta(4, [], ["a"])).ShouldBeTrue();

        _pods.Reset(Full(3, "a", "b")).ShouldBeTrue();

        Names().ShouldBe(["b", "new"]);
    }

    [Fact]
    public void Reset_AnotherActivation_RemovesWhatIsMissing_AndChangesNothingElse()
    {
        _pods.Reset(Full(3, "a", "b"));
        var before = _table.Revision;

        _pods.Reset(Full(1, "b") with { Activation = "next" }).ShouldBeTrue();

        Names().ShouldBe(["b"]);
        _table.Revision.ShouldBe(before + 1);
    }

    [Fact]
    public async Task Feed_FallenBehind_IsExpired_AndAnInTimeOneIsNot()
    {
        var start = _table.Revision;
        var slow = _table.Subscribe(start);
        for (var index = 0; index < 10; index++)
            _pods.Reset(Full(index + 1, $"p{index}") with { Activation = $"{index}" });
        // One added and one removed each time: twenty changes, of which ten are kept.
        (await slow.ReadAsync(CancellationToken.None, CancellationToken.None)).End.ShouldBe(FeedEnd.Expired);

        var kept = await _table.Subscribe(_table.Revision - 10).ReadAsync(CancellationToken.None, CancellationToken.None);
        kept.Changes.Count.ShouldBe(10);
        kept.Changes.Select(change => change.After.Revision).ShouldBe(Enumerable.Range(0, 10).Select(index => _table.Revision - 9 + index));
        (await _table.Subscribe(start - 1).ReadAsync(CancellationToken.None, CancellationToken.None)).End.ShouldBe(FeedEnd.Expired);
    }

    [Fact]
    public void List_Namespace_IsExactlyThatNamespace()
    {
        _pods.Reset(Full(1) with { Pods = [NewPod("a", "x"), NewPod("a-b", "y"), NewPod("b", "z"), NewPod("", "odd")] });

        _table.List("a").Enumerate().Select(view => view.Key.Name).ShouldBe(["x"]);
        _table.List("a-b").Enumerate().Select(view => view.Key.Name).ShouldBe(["y"]);
        _table.List(null).Count.ShouldBe(4);
        _table.List(null).After(new ObjectKey("Pod", "a", "zzz")).Enumerate().Select(view => view.Key.Name).ShouldBe(["y", "z"]);
    }

    private ClusterPods Of(string cluster, PodOwners owners) => new(cluster, _table, owners, new ClusterNodes(cluster, new ReportedTable("nodes", TimeProvider.System, 10)));

    private string ClusterOf(string pod) => _table.Find(new ObjectKey(Pod.KindName, "default", pod))!.Resource.Metadata.Labels[PodLabels.Cluster];

    private IEnumerable<string> Names() => _table.List(null).Enumerate().Select(view => view.Key.Name);

    private static PodDelta Full(long sequence, params string[] pods) => new() { Cluster = "c", Activation = "one", Sequence = sequence, Full = true, Pods = [.. pods.Select(name => NewPod("default", name))] };

    private static PodDelta Delta(long sequence, string[] pods, string[] removed) => new()
    {
        Cluster = "c",
        Activation = "one",
        Sequence = sequence,
        Pods = [.. pods.Select(name => NewPod("default", name))],
        Removed = [.. removed.Select(name => new PodName("default", name))],
    };

    private static Pod NewPod(string @namespace, string name) => new() { Metadata = new ObjectMeta { Name = name, Namespace = @namespace } };
}
