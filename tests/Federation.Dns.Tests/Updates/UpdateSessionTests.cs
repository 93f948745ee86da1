using System.Net;
using Federation.Dns.Answering;
using Federation.Dns.Tests.Reference;
using Federation.Dns.Tests.Support;
using Federation.Dns.Tsig;
using Federation.Dns.Updates;
using Federation.Dns.Wire;
using Federation.Dns.Zones;
using Federation.TestKit.Time;

namespace Federation.Dns.Tests.Updates;

/// <summary>Several pushers and one Knot DNS, on a clock that stands still.</summary>
public sealed class UpdateSessionTests : IAsyncLifetime
{
    private static readonly DnsName Apex = DnsName.Parse(ZoneText.Apex);

    private readonly ManualTimeProvider _time = new();
    private readonly TsigKeys _keys = new();
    private KnotServer _knot = null!;

    public async Task InitializeAsync()
    {
        TsigKeys.TryParse($"transfer. hmac-sha256 {LiveServer.Secret}", out var keys, out _).ShouldBeTrue();
        _keys.Use(keys);
        _knot = await KnotServer.ServeToUpdatesAsync("fed.test", "$ORIGIN fed.test.\n@ 300 SOA ns1 hostmaster 1 300 60 1209600 5\n@ 300 NS ns1\nns1 300 A 198.51.100.53\n");
    }

    public async Task DisposeAsync() => await _knot.DisposeAsync();

    [Fact]
    public async Task Step_PusherIsGone_AnotherGoesOnAfterAWhileAndTheFirstIsShutOut()
    {
        var (first, second) = (Session(), Session());
        (await StepAsync(first, Zone(10, "web 5 A 192.0.2.1"))).ShouldBe((true, 1));
        (await StepAsync(second, Zone(10, "web 5 A 192.0.2.1"))).ShouldBe((false, 0));

        // Nobody brings it to 20.
        var next = Zone(20, "web 5 A 192.0.2.2");
        (await StepAsync(second, next)).ShouldBe((false, 0));
        _time.Advance(TimeSpan.FromSeconds(9));
        (await StepAsync(second, next)).ShouldBe((false, 0));
        _time.Advance(TimeSpan.FromSeconds(2));
        (await StepAsync(second, next)).ShouldBe((true, 1));

        // The first one lives after all, and comes with what is old by now.
        (await StepAsync(first, Zone(15, "web 5 A 192.0.2.9"))).ShouldBe((false, 0));
        (await StepAsync(first, Zone(15, "web 5 A 192.0.2.9"))).ShouldBe((false, 0));
        Addresses().ShouldBe(["192.0.2.2"]);
        (await StepAsync(second, Zone(30, "web 5 A 192.0.2.3"))).ShouldBe((true, 1));
        Addresses().ShouldBe(["192.0.2.3"]);
    }

    [Fact]
    public async Task Step_ManyBeginAtOnce_OneGoesOn()
    {
        var steps = await Task.WhenAll(Enumerable.Range(1, 12).Select(i => Task.Run(() => StepAsync(Session(), Zone(10, $"web 5 A 192.0.2.{i}")))));
        steps.Count(step => step.IsPushing).ShouldBe(1);
        Addresses().Count.ShouldBe(1);
    }

    [Fact]
    public async Task Step_AnotherTookOverWhileNothingChanged_IsLeftToIt()
    {
        var (first, second) = (Session(), Session());
        (await StepAsync(first, Zone(10, "web 5 A 192.0.2.1"))).ShouldBe((true, 1));
        (await StepAsync(second, Zone(20, "web 5 A 192.0.2.2"))).ShouldBe((false, 0));
        _time.Advance(TimeSpan.FromSeconds(11));
        (await StepAsync(second, Zone(20, "web 5 A 192.0.2.2"))).ShouldBe((true, 1));

        // The first one notices when it looks whether all is there still.
        _time.Advance(TimeSpan.FromMinutes(10));
        (await StepAsync(first, Zone(10, "web 5 A 192.0.2.1"))).ShouldBe((false, 0));
        Addresses().ShouldBe(["192.0.2.2"]);
        (await StepAsync(second, Zone(30, "web 5 A 192.0.2.3"))).ShouldBe((true, 1));
    }

    [Fact]
    public async Task Step_PusherEndsProperly_AnotherGoesOnAtOnce()
    {
        var (first, second) = (Session(), Session());
        (await StepAsync(first, Zone(10, "web 5 A 192.0.2.1"))).ShouldBe((true, 1));
        await first.ReleaseAsync(ConnectAsync, CancellationToken.None);
        (await StepAsync(second, Zone(10, "web 5 A 192.0.2.1\napi 5 A 192.0.2.1"))).ShouldBe((true, 1));
    }

    [Fact]
    public async Task Step_StoreWasRestored_TheProgressOfTheOldOneIsTakenOverAfterAWhile()
    {
        (await StepAsync(Session(), Zone(1_000, "web 5 A 192.0.2.1"))).ShouldBe((true, 1));
        var restored = Session();
        var zone = Zone(5, "web 5 A 192.0.2.5");
        (await StepAsync(restored, zone)).ShouldBe((false, 0));
        _time.Advance(TimeSpan.FromSeconds(59));
        (await StepAsync(restored, zone)).ShouldBe((false, 0));
        _time.Advance(TimeSpan.FromSeconds(2));
        (await StepAsync(restored, zone)).ShouldBe((true, 1));
        Addresses().ShouldBe(["192.0.2.5"]);
    }

    [Fact]
    public async Task Step_ZoneThatSeldomChanges_IsLeftToWhoStartedLast()
    {
        const string records = "web 5 A 192.0.2.1";
        (await StepAsync(Session(), Zone(10, records))).ShouldBe((true, 1));

        // The same zone has the serial of the listing in a process that has just started, and goes for newer.
        var (started, running) = (Session(), Session());
        (await StepAsync(started, Zone(50, records))).ShouldBe((false, 0));
        _time.Advance(TimeSpan.FromSeconds(11));
        (await StepAsync(started, Zone(50, records))).ShouldBe((true, 0));

        // One that has run for long knows that nothing has changed up to there: that progress is not of another history.
        (await StepAsync(running, Zone(10, records), revision: 50)).ShouldBe((false, 0));
        _time.Advance(TimeSpan.FromMinutes(2));
        (await StepAsync(running, Zone(10, records), revision: 50)).ShouldBe((false, 0));
    }

    [Fact]
    public async Task Step_SomebodyChangesOurRecords_TheyAreRepairedWhenAllIsReadAgain()
    {
        var session = Session();
        (await StepAsync(session, Zone(10, "web 5 A 192.0.2.1"))).ShouldBe((true, 1));
        await DeleteAsync();
        (await StepAsync(session, Zone(10, "web 5 A 192.0.2.1"))).ShouldBe((true, 0));
        Addresses().ShouldBeEmpty();
        _time.Advance(TimeSpan.FromMinutes(10));
        (await StepAsync(session, Zone(10, "web 5 A 192.0.2.1"))).ShouldBe((true, 1));
        Addresses().ShouldBe(["192.0.2.1"]);
    }

    private UpdateSession Session() => new(Apex, Apex, _time);

    private static ZoneSnapshot Zone(long revision, string text) => ZoneText.Load(text, revision).Current!.Main;

    private async Task<(bool IsPushing, int Changed)> StepAsync(UpdateSession session, ZoneSnapshot zone, long? revision = null)
    {
        var step = await session.StepAsync(zone, revision ?? zone.Revision, ConnectAsync, CancellationToken.None);
        return (step.IsPushing, step.Changed);
    }

    private Task<DnsConnection> ConnectAsync(CancellationToken cancellationToken) =>
        DnsConnection.OpenAsync(new IPEndPoint(IPAddress.Loopback, _knot.Port), _keys.Find(DnsName.Parse("transfer."))!, TimeProvider.System, cancellationToken);

    private List<string> Addresses() => _knot.Ask(TestMessage.Query("web.fed.test", "A"), Transport.Tcp).Addresses;

    private async Task DeleteAsync()
    {
        var update = new OutgoingMessage(5);
        update.Question(Apex, RecordType.Soa);
        update.Record(Section.Authority, DnsName.Parse("web.fed.test"), RecordType.A, RecordClass.Any, 0, []);
        using var connection = await ConnectAsync(CancellationToken.None);
        DnsConnection.CodeOf(await connection.AskAsync(update, CancellationToken.None)).ShouldBe(ResponseCode.NoError);
    }
}
