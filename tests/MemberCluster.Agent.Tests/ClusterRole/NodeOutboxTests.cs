using Federation.Api.Agents;
using Federation.Api.Clusters;
using Federation.TestKit.Time;
using MemberCluster.Agent.ClusterRole.Hub;
using MemberCluster.Agent.Tests.Support;

namespace MemberCluster.Agent.Tests.ClusterRole;

/// <summary>The stream of one node.</summary>
public sealed class NodeOutboxTests
{
    private const long Start = 100;
    private readonly NodeOutbox _outbox = new("life", Start, new ManualTimeProvider());

    [Fact]
    public async Task Follow_FromNothing_IsASnapshotOfThePresent()
    {
        Put("a", 101);
        Put("b", 102);
        Put("a", 103);

        var words = await FollowAsync(0, null);

        Describe(words).ShouldBe(["Snapshot", "Work a 103", "Work b 102", "Bookmark 103"]);
        words.ShouldAllBe(word => word.Store == "life");
    }

    [Theory]
    [InlineData("life", 102, new[] { "Work c 103", "Bookmark 103" })]
    [InlineData("life", 103, new[] { "Bookmark 103" })]
    [InlineData("another", 102, new[] { "Snapshot", "Work a 101", "Work b 102", "Work c 103", "Bookmark 103" })]
    [InlineData("life", Start, new[] { "Snapshot", "Work a 101", "Work b 102", "Work c 103", "Bookmark 103" })]
    public async Task Follow_FromAPosition_SaysWhatIsNewerInThisLife(string store, long since, string[] expected)
    {
        Put("a", 101);
        Put("b", 102);
        Put("c", 103);

        Describe(await FollowAsync(since, store)).ShouldBe(expected);
    }

    [Fact]
    public async Task Follow_TombstoneWasSaidBefore_IsSaidAgainUntilItIsConfirmed()
    {
        _outbox.Put(new WorkEvent { Type = WorkEventType.Tombstone, Revision = 101, Tombstone = new Tombstone { Uid = "a", Revision = 101 } });

        Describe(await FollowAsync(101, "life")).ShouldBe(["Tombstone a 101", "Bookmark 101"]);
        _outbox.Remove("a");
        Describe(await FollowAsync(101, "life")).ShouldBe(["Bookmark 101"]);
    }

    [Fact]
    public async Task Follow_ServiceIsForgotten_WhoMissedItBeginsAnew()
    {
        PutPeers("a", 101, "n2");
        PutPeers("a", 102);

        Describe(await FollowAsync(101, "life")).ShouldBe(["Endpoints a 0", "Bookmark 102"]);
        _outbox.RemoveEndpoints("a");

        Describe(await FollowAsync(101, "life")).ShouldBe(["Snapshot", "Bookmark 102"]);
        Describe(await FollowAsync(102, "life")).ShouldBe(["Bookmark 102"]);
    }

    [Fact]
    public async Task Follow_EvictionWithASmallerShare_ComesFirst()
    {
        Put("a", 101);
        _outbox.SetEvictions([new PodEviction { Name = "pod" }]);
        Put("a", 102);

        var words = await _outbox.FollowAsync(101, "life", CancellationToken.None).TakeUntilAsync(word => word is { Type: WorkEventType.Bookmark, Revision: 102 });

        Describe(words).ShouldBe(["Bookmark 101", "Work a 102", "Bookmark 102"]);
        words[0].Evictions.ShouldHaveSingleItem().Name.ShouldBe("pod");
    }

    [Fact]
    public async Task Follow_Silence_IsBrokenByBookmarksWithTheWishes()
    {
        var time = new ManualTimeProvider();
        var outbox = new NodeOutbox("life", Start, time);
        outbox.SetSettings(new NodeSettings { Name = "n1", Drain = true });
        await using var words = outbox.FollowAsync(0, null, CancellationToken.None).GetAsyncEnumerator();
        (await words.MoveNextAsync(), await words.MoveNextAsync()).ShouldBe((true, true));

        var next = words.MoveNextAsync();
        next.IsCompleted.ShouldBeFalse();
        time.Advance(NodeOutbox.SignInterval);

        (await next).ShouldBeTrue();
        (words.Current.Type, words.Current.Nodes.Single().Drain).ShouldBe((WorkEventType.Bookmark, true));
    }

    private void Put(string uid, long revision) =>
        _outbox.Put(new WorkEvent { Type = WorkEventType.Work, Revision = revision, Work = new Work { Uid = uid, Revision = revision } });

    private void PutPeers(string uid, long revision, params string[] peers) => _outbox.Put(new WorkEvent
    {
        Type = WorkEventType.Endpoints,
        Revision = revision,
        Endpoints = new WorkEndpoints { WorkUid = uid, Peers = [.. peers.Select(peer => new WorkPeer { Node = peer })] },
    });

    private Task<List<WorkEvent>> FollowAsync(long since, string? store) =>
        _outbox.FollowAsync(since, store, CancellationToken.None).TakeUntilAsync(word => word.Type == WorkEventType.Bookmark);

    private static IEnumerable<string> Describe(IEnumerable<WorkEvent> words) => words.Select(word => word.Type switch
    {
        WorkEventType.Snapshot => "Snapshot",
        WorkEventType.Bookmark => $"Bookmark {word.Revision}",
        _ => $"{word.Type} {word.Work?.Uid ?? word.Tombstone?.Uid ?? word.Endpoints!.WorkUid} {word.Work?.Revision ?? word.Tombstone?.Revision ?? 0}",
    });
}
