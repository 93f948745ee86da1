using Federation.Api;
using Federation.Api.Apps;
using Federation.Domain.Scheduling;
using Federation.Grains.Clusters;
using Federation.Grains.Placements;

namespace Federation.Grains.Tests.Clusters;

public sealed class ReservationBookTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly ResourceAmounts Ten = new(ResourceAmounts.Unlimited, ResourceAmounts.Unlimited, 10);

    private readonly PlacementIndex _placements = new();
    private readonly ReservationBook _book;

    public ReservationBookTests() => _book = new ReservationBook("a", _placements);

    [Fact]
    public void Reserve_OthersHoldRoom_GrantsWhatIsLeft()
    {
        Reserve("first", 7).Granted.ShouldBe(7);

        var second = Reserve("second", 5);

        second.Granted.ShouldBe(3);
        second.FreePods.ShouldBe(3);
    }

    [Fact]
    public void Reserve_OthersAreWrittenThere_GrantsWhatIsLeft()
    {
        Write("first", revision: 2, replicas: 8);

        Reserve("second", 5, revision: 3).Granted.ShouldBe(2);
        Reserve("first", 9, revision: 3).Granted.ShouldBe(8, "room that another holds is gone");
    }

    [Fact]
    public void Reserve_HoldIsWritten_CountsOnce()
    {
        Reserve("first", 7, revision: 1);
        Write("first", revision: 2, replicas: 7);

        Reserve("second", 5).Granted.ShouldBe(3);
    }

    [Fact]
    public void Reserve_PlacementWasWrittenSmaller_TheRestIsFree()
    {
        Reserve("first", 7, revision: 1);
        Write("first", revision: 2, replicas: 1);

        Reserve("second", 9).Granted.ShouldBe(9);
    }

    [Fact]
    public void Reserve_OlderPlacementIsSeen_HoldStays()
    {
        Write("first", revision: 5, replicas: 2);
        Reserve("first", 7, revision: 5);

        Reserve("second", 9).Granted.ShouldBe(3);
    }

    [Fact]
    public void Reserve_HoldExpired_RoomIsFree()
    {
        Reserve("first", 7);

        Reserve("second", 9, now: Now + ReservationBook.HoldFor - TimeSpan.FromMilliseconds(1)).Granted.ShouldBe(3);
        Reserve("third", 9, now: Now + ReservationBook.HoldFor + TimeSpan.FromMilliseconds(1)).Granted.ShouldBe(7);
    }

    [Fact]
    public void Reserve_AskedAgain_ReplacesTheHold()
    {
        Reserve("first", 7);
        Reserve("first", 2);

        Reserve("second", 9).Granted.ShouldBe(8);
    }

    [Fact]
    public void Reserve_ClusterShrank_KeepsWhatIsThere()
    {
        Write("first", revision: 2, replicas: 8);

        _book.Reserve(RequestOf("first", 9, 2), Ten with { Pods = 4 }, Now).Granted.ShouldBe(8);
    }

    private ReserveResult Reserve(string app, int replicas, long revision = 1, DateTimeOffset? now = null) =>
        _book.Reserve(RequestOf(app, replicas, revision), Ten, now ?? Now);

    private static ReserveRequest RequestOf(string app, int replicas, long revision) =>
        new() { App = KeyOf(app).ToString(), Uid = app, Revision = revision, Replicas = replicas };

    private void Write(string app, long revision, int replicas)
    {
        _placements.Put(new PlacedObject
        {
            Key = KeyOf(app),
            Uid = app,
            Revision = revision,
            Pod = new PodDemand(0, 0, 1),
            Shares = [new PlacedShare("a", SharePhase.Active, replicas, replicas)],
            LongestTtl = null,
            Rules = new PlacementSpec(),
            WantsPods = true,
            IsShort = false,
            IsUnfinished = false,
        });
        _placements.Advance(revision);
    }

    private static ObjectKey KeyOf(string app) => new(App.KindName, "default", app);
}
