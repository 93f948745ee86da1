using Federation.Api.Agents;
using MemberCluster.Agent.Tests.Support;
using MemberCluster.Agent.Works;
using Microsoft.Extensions.Logging.Abstractions;

namespace MemberCluster.Agent.Tests.Works;

public sealed class WorkEndpointsTests : IDisposable
{
    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("endpoints-test");

    public void Dispose() => _data.Delete(recursive: true);

    private static WorkEvent Said(string uid, int ready, long revision = 1) => new()
    {
        Type = WorkEventType.Endpoints,
        Revision = revision,
        Store = "s",
        Endpoints = new WorkEndpoints
        {
            WorkUid = uid,
            Namespace = "shop",
            Name = uid,
            Ports = [new WorkPort { Port = 80, TargetPort = 8080 }],
            Peers = [new WorkPeer { Node = "b", Address = "10.0.0.2", ReadyPods = ready }],
        },
    };

    private static WorkEvent SaidNothing(string uid) => new() { Type = WorkEventType.Endpoints, Endpoints = new WorkEndpoints { WorkUid = uid } };

    private static WorkBook Book(params WorkEvent[] events) => events.Aggregate(WorkBook.Empty, (book, change) => book.Apply(change));

    [Fact]
    public void Apply_EndpointsAgain_ReplacesThem() =>
        Book(Said("a", 1), Said("b", 1), Said("a", 3)).Endpoints.ShouldSatisfyAllConditions(
            endpoints => endpoints["a"].Peers.Single().ReadyPods.ShouldBe(3),
            endpoints => endpoints["b"].Peers.Single().ReadyPods.ShouldBe(1));

    [Fact]
    public void Apply_SameEndpointsAgain_IsNoNews()
    {
        var book = Book(Said("a", 1));
        book.Apply(Said("a", 1)).Endpoints.ShouldBeSameAs(book.Endpoints);
    }

    [Fact]
    public void Apply_EmptyEndpoints_AreForgotten() => Book(Said("a", 1), SaidNothing("a")).Endpoints.ShouldBeEmpty();

    [Fact]
    public void Apply_Endpoints_LeaveThePositionToTheBookmark() => Book(Said("a", 1, revision: 7)).Position.ShouldBe(StreamPosition.Start);

    [Fact]
    public void Apply_SnapshotWithoutThem_EmptiesThemAtItsEndAndNotBefore()
    {
        var coming = Book(Said("a", 1), Said("b", 1), new WorkEvent { Type = WorkEventType.Snapshot }, Said("b", 2));
        coming.Endpoints.Keys.ShouldBe(["a", "b"], ignoreOrder: true);
        coming.Apply(new WorkEvent { Type = WorkEventType.Bookmark, Revision = 9 }).Endpoints.Keys.ShouldBe(["b"]);
        coming.Disconnected().Apply(new WorkEvent { Type = WorkEventType.Bookmark, Revision = 9 }).Endpoints.Keys.ShouldBe(["a", "b"], ignoreOrder: true);
    }

    [Fact]
    public void Load_AfterSave_HasTheEndpointsThatWereLeft()
    {
        using var runtime = new MemoryDirectory();
        var files = new WorkFiles(_data.FullName, new SecretKeep(runtime.Open(), NullLogger.Instance), NullLogger<WorkFiles>.Instance);
        var first = Book(Said("a", 1), Said("b", 2));
        files.Load();
        files.Save(WorkBook.Empty, first);
        files.Save(first, first.Apply(SaidNothing("a")));
        var loaded = files.Load();
        loaded.Endpoints.Keys.ShouldBe(["b"]);
        loaded.Endpoints["b"].Peers.ShouldBe([new WorkPeer { Node = "b", Address = "10.0.0.2", ReadyPods = 2 }]);
        loaded.Endpoints["b"].Ports.ShouldBe([new WorkPort { Port = 80, TargetPort = 8080 }]);
    }

    [Fact]
    public void Shelf_EndpointsOfAWorkNobodyHolds_AreNews()
    {
        using var runtime = new MemoryDirectory();
        var shelf = new WorkShelf(new WorkFiles(_data.FullName, new SecretKeep(runtime.Open(), NullLogger.Instance), NullLogger<WorkFiles>.Instance), NullLogger<WorkShelf>.Instance);
        var changed = new List<string>();
        shelf.Load();
        shelf.Changed = uids => changed.AddRange(uids);
        shelf.Apply([Said("a", 1)]);
        shelf.Apply([Said("a", 1)]);
        shelf.Apply([SaidNothing("a")]);
        changed.ShouldBe(["a", "a"]);
    }
}
