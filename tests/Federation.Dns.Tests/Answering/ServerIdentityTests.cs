using Federation.Dns.Tests.Support;

namespace Federation.Dns.Tests.Answering;

/// <summary>What a server says of itself in class CHAOS (RFC 4892).</summary>
public sealed class ServerIdentityTests
{
    private readonly Asker _named = new(ZoneText.Load(AnswerCases.Zone), serverId: "ns1");
    private readonly Asker _nameless = new(ZoneText.Load(AnswerCases.Zone));

    [Theory]
    [InlineData("id.server", "ns1")]
    [InlineData("HOSTNAME.bind", "ns1")]
    [InlineData("version.server", "Federation")]
    [InlineData("Version.Bind", "Federation")]
    public void Answer_NameOfTheServer_IsTextOfItsClass(string name, string text)
    {
        foreach (var edns in new (ushort, byte, bool)?[] { null, (1232, 0, true) })
        {
            var response = _named.Ask(TestMessage.Query(name, "TXT", "CH", edns: edns));
            (response.Status, response.IsAuthoritative).ShouldBe(("NOERROR", false));
            response.Answers.ShouldBe([$"{name}. 0 TXT \"{text}\""]);
            response.Authorities.ShouldBeEmpty();
        }
    }

    [Theory]
    [InlineData("id.server", "A")]
    [InlineData("fed.test", "TXT")]
    [InlineData("x.id.server", "TXT")]
    public void Answer_AnythingElseOfThatClass_IsRefused(string name, string type) =>
        _named.Ask(TestMessage.Query(name, type, "CH")).Status.ShouldBe("REFUSED");

    [Fact]
    public void Answer_ServerWithoutId_SaysOnlyWhatItRuns()
    {
        _nameless.Ask(TestMessage.Query("id.server", "TXT", "CH")).Status.ShouldBe("REFUSED");
        _nameless.Ask(TestMessage.Query("version.bind", "TXT", "CH")).Answers.ShouldHaveSingleItem();
        _named.Ask(TestMessage.Query("id.server", "TXT")).Status.ShouldBe("REFUSED", "no name of any zone");
    }
}
