using Federation.Api.Agents;
using MemberCluster.Agent.Tests.Support;
using MemberCluster.Agent.Works;

namespace MemberCluster.Agent.Tests.Works;

public sealed class WorkBookTests
{
    private static WorkEvent Snapshot(string store = "s1") => new() { Type = WorkEventType.Snapshot, Store = store };

    private static WorkEvent Bookmark(long revision, string store = "s1") => new() { Type = WorkEventType.Bookmark, Revision = revision, Store = store };

    private static WorkEvent Work(string uid, long revision, string store = "s1") =>
        new() { Type = WorkEventType.Work, Revision = revision, Store = store, Work = TestWorks.Web(1, uid) with { Revision = revision } };

    private static WorkEvent Tombstone(string uid, long revision, string store = "s1") =>
        new() { Type = WorkEventType.Tombstone, Revision = revision, Store = store, Tombstone = new Tombstone { Uid = uid, Revision = revision } };

    private static WorkBook Apply(params WorkEvent[] changes) => changes.Aggregate(WorkBook.Empty, (book, change) => book.Apply(change));

    [Fact]
    public void Apply_TombstoneOlderThanTheWork_IsIgnored()
    {
        var book = Apply(Snapshot(), Work("a", 5), Bookmark(5), Tombstone("a", 4));
        book.Held["a"].Work.ShouldNotBeNull();
        book.Apply(Tombstone("a", 5)).Held["a"].Tombstone.ShouldNotBeNull();
    }

    [Fact]
    public void Apply_WorkOlderThanTheTombstone_IsIgnored()
    {
        var book = Apply(Snapshot(), Work("a", 5), Bookmark(5), Tombstone("a", 6), Work("a", 5));
        book.Held["a"].Tombstone.ShouldNotBeNull();
        book.Apply(Work("a", 7)).Held["a"].Work.ShouldNotBeNull();
    }

    [Fact]
    public void Apply_TombstoneOfAnotherUid_LeavesTheWorkAlone() =>
        Apply(Snapshot(), Work("a", 5), Bookmark(5), Tombstone("b", 9)).Held["a"].Work.ShouldNotBeNull();

    [Fact]
    public void Apply_MissingFromASnapshot_BecomesAnOrphanAndStays()
    {
        var book = Apply(Snapshot(), Work("a", 5), Work("b", 6), Bookmark(6), Snapshot(), Work("b", 6), Bookmark(8));
        (book.Held["a"].IsOrphan, book.Held["a"].Work is not null, book.Held["b"].IsOrphan).ShouldBe((true, true, false));
        book.Apply(Snapshot()).Apply(Work("a", 5)).Apply(Bookmark(9)).Held["a"].IsOrphan.ShouldBeFalse();
    }

    [Fact]
    public void Apply_SnapshotBroken_SaysNothingAboutWhatIsMissing()
    {
        var book = Apply(Snapshot(), Work("a", 5), Bookmark(5), Snapshot()).Disconnected();
        book.Position.ShouldBe(new StreamPosition("s1", 5), "in the middle of a snapshot there is nothing to resume from");
        book.Apply(Bookmark(6)).Held["a"].IsOrphan.ShouldBeFalse();
    }

    [Fact]
    public void Apply_AnotherStore_ItsRevisionsCountFromNowOn()
    {
        var book = Apply(Snapshot(), Work("a", 500), Work("b", 501), Bookmark(501), Snapshot("s2"), Work("a", 3, "s2"), Bookmark(3, "s2"));
        book.Held["a"].Work!.Revision.ShouldBe(3);
        book.Held["b"].IsOrphan.ShouldBeTrue();
        book.Position.ShouldBe(new StreamPosition("s2", 3));
        book.Apply(Tombstone("b", 4, "s2")).Held["b"].Tombstone.ShouldNotBeNull();
    }

    [Fact]
    public void Forget_OnlyTombstonesAreForgotten()
    {
        var book = Apply(Snapshot(), Work("a", 5), Work("b", 6), Bookmark(6), Tombstone("a", 7));
        book.Forget("a").Forget("b").Held.Keys.ShouldBe(["b"]);
    }
}
