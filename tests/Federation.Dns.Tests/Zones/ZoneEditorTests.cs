using Federation.Dns.Tests.Support;
using Federation.Dns.Wire;
using Federation.Dns.Zones;

namespace Federation.Dns.Tests.Zones;

public sealed class ZoneEditorTests
{
    private readonly ZoneEditor _editor = new(new ZoneApex(ZoneText.Options));
    private readonly ZoneState _state = new(DnsName.Parse(ZoneText.Apex), TimeProvider.System);

    [Fact]
    public void Remove_LastNameBelow_TakesTheEmptyNonTerminalsAlong()
    {
        Set("web.shop.svc");
        Set("api.shop.svc");
        Status("shop.svc").ShouldBe("NOERROR");

        Remove("web.shop.svc");
        Status("web.shop.svc").ShouldBe("NXDOMAIN");
        Status("shop.svc").ShouldBe("NOERROR");

        Remove("api.shop.svc");
        Status("shop.svc").ShouldBe("NXDOMAIN");
        Status("svc").ShouldBe("NXDOMAIN");
        _editor.Commit(9).NameCount.ShouldBe(2); // the apex and ns
    }

    [Fact]
    public void Remove_NameWithOthersBelow_LeavesItWithoutData()
    {
        Set("web.shop.svc");
        Set("a.web.shop.svc");
        Remove("web.shop.svc");
        Ask("web.shop.svc").Answers.ShouldBeEmpty();
        Status("web.shop.svc").ShouldBe("NOERROR");

        Remove("a.web.shop.svc");
        Status("web.shop.svc").ShouldBe("NXDOMAIN");
    }

    [Fact]
    public void Set_Twice_CountsItsAncestorsOnce()
    {
        Set("web.shop.svc");
        Set("web.shop.svc", count: 2);
        Remove("web.shop.svc");
        Remove("web.shop.svc");
        Status("shop.svc").ShouldBe("NXDOMAIN");
    }

    [Fact]
    public void Commit_Serial_MovesWithAnswersOnly()
    {
        Set("web.shop.svc");
        _editor.Commit(100).Serial.ShouldBe(100u);
        _editor.Commit(150).Serial.ShouldBe(100u);

        Set("web.shop.svc");
        _editor.Commit(160).Serial.ShouldBe(100u);

        Set("web.shop.svc", count: 2);
        var snapshot = _editor.Commit(170);
        (snapshot.Serial, snapshot.Revision).ShouldBe((170u, 170L));
    }

    [Theory]
    [InlineData(null, 5L, 5u)]
    [InlineData(100u, 105L, 105u)]
    [InlineData(100u, 100L, 101u)] // two changes at one revision: the listing after a reconnect
    [InlineData(100u, 7L, 101u)] // a restored store begins again; the serial does not
    [InlineData(4294967295u, 4294967301L, 5u)] // over the top, in serial arithmetic (RFC 1982)
    [InlineData(4294967295u, 4294967295L, 1u)]
    [InlineData(null, 0L, 4294967295u)] // an empty store
    [InlineData(4294967295u, 1L, 1u)] // and its first change: the serial is the revision
    [InlineData(100u, 0L, 101u)]
    public void NextSerial_Always_Increases(uint? current, long revision, uint expected) => ZoneEditor.NextSerial(current, revision).ShouldBe(expected);

    [Fact]
    public void Commit_OlderSnapshot_StaysWhatItWas()
    {
        Set("web.shop.svc");
        var before = _editor.Commit(1);
        Remove("web.shop.svc");
        _editor.Commit(2);
        _state.Publish(new ServedZones(before));
        new Asker(_state).Ask("web.shop.svc.fed.test", "A").Answers.Count.ShouldBe(1);
    }

    [Fact]
    public void Find_RegionalNameWithoutNode_IsAnsweredByTheGlobalName()
    {
        NodePlan inEurope = new(ZoneText.Name("web.shop.svc.eu"), [PreparedAnswerTestSets.RoundRobin(1)], null, []);
        _editor.Set(new NodePlan(ZoneText.Name("web.shop.svc"), [PreparedAnswerTestSets.RoundRobin(3)], null, [inEurope]));
        _editor.AddRegion(ZoneText.Name("eu"), "eu");
        _editor.AddRegion(ZoneText.Name("us"), "us");

        Ask("web.shop.svc.eu").Answers.Count.ShouldBe(1);
        Ask("web.shop.svc.us").Answers.Count.ShouldBe(3);
        Ask("web.shop.svc.us").Answers[0].ShouldStartWith("web.shop.svc.us.fed.test. ");
        Status("shop.svc.us").ShouldBe("NOERROR");
        Status("svc.us").ShouldBe("NOERROR");
        Status("us").ShouldBe("NOERROR");

        Status("nope.shop.svc.us").ShouldBe("NXDOMAIN");
        Status("web.shop.svc.ap").ShouldBe("NXDOMAIN");
        Status("web.shop.xyz.us").ShouldBe("NXDOMAIN");
        Status("ns.us").ShouldBe("NXDOMAIN");
        Status("web.shop.svc.ns").ShouldBe("NXDOMAIN"); // a name, but not a region's

        _editor.RemoveRegion(ZoneText.Name("us"));
        Status("web.shop.svc.us").ShouldBe("NXDOMAIN");
        Status("us").ShouldBe("NXDOMAIN");
        Set("x.eu");
        _editor.RemoveRegion(ZoneText.Name("eu"));
        Status("eu").ShouldBe("NOERROR"); // a name lies below it
    }

    private void Set(string name, int count = 1) => _editor.Set(ZoneText.Name(name), [PreparedAnswerTestSets.RoundRobin(count)]);

    private void Remove(string name) => _editor.Remove(ZoneText.Name(name));

    private string Status(string name) => Ask(name).Status;

    private Response Ask(string name)
    {
        _state.Publish(new ServedZones(_editor.Commit(_state.Current?.Main.Revision + 1 ?? 1)));
        return new Asker(_state).Ask(name + ".fed.test", "A");
    }
}
