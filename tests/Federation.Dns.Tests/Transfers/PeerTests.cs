using System.Net;
using Federation.Dns.Hosting;
using Federation.Dns.Tests.Support;
using Federation.Dns.Transfers;
using Federation.Dns.Updates;
using Federation.Dns.Wire;

namespace Federation.Dns.Tests.Transfers;

/// <summary>How other servers are written in options.</summary>
public sealed class PeerTests
{
    [Theory]
    [InlineData("192.0.2.0/24", "192.0.2.9", null, true)]
    [InlineData("192.0.2.0/24", "192.0.3.9", null, false)]
    [InlineData("192.0.2.7", "192.0.2.7", null, true)]
    [InlineData("192.0.2.7", "192.0.2.8", null, false)]
    [InlineData("2001:db8::/32", "2001:db8::1", null, true)]
    [InlineData("@a", "192.0.2.9", "a", true)]
    [InlineData("@a", "192.0.2.9", "b", false)]
    [InlineData("@a", "192.0.2.9", null, false)]
    [InlineData("192.0.2.0/24@a", "192.0.2.9", "a", true)]
    [InlineData("192.0.2.0/24@a", "192.0.2.9", null, false)]
    [InlineData("192.0.2.0/24@a", "192.0.3.9", "a", false)]
    public void Allows_Client_GoesByNetworkAndKey(string text, string client, string? key, bool expected)
    {
        TransferPeer.TryParse(text, out var peer).ShouldBeTrue();
        peer.Allows(ClientAddress.From(IPAddress.Parse(client)), key is null ? null : DnsName.Parse(key)).ShouldBe(expected);
    }

    [Theory]
    [InlineData("")]
    [InlineData("@")]
    [InlineData("anybody")]
    [InlineData("192.0.2.0/33")]
    [InlineData("192.0.2.0/24@a..b")]
    public void TryParse_NoPeer_IsRefused(string text) => TransferPeer.TryParse(text, out _).ShouldBeFalse();

    [Fact]
    public async Task Start_KeyThatIsNotThere_IsNamed()
    {
        await using var server = new LiveServer(options => options.Transfers.Allowed.Add(new TransferPeer(null, DnsName.Parse("lost"))));
        (await Should.ThrowAsync<NameServerStartException>(server.StartAsync)).Message.ShouldStartWith("There is no key 'lost.' in '");
    }

    [Fact]
    public void TryParse_Servers_HaveTheirPortKeyAndZone()
    {
        NotifyTarget.TryParse("192.0.2.7", out var plain).ShouldBeTrue();
        plain.ShouldBe(new NotifyTarget(new IPEndPoint(IPAddress.Parse("192.0.2.7"), 53), null));
        NotifyTarget.TryParse("[2001:db8::1]:5300@k", out var signed).ShouldBeTrue();
        signed.ShouldBe(new NotifyTarget(new IPEndPoint(IPAddress.Parse("2001:db8::1"), 5300), DnsName.Parse("k")));
        UpdateTarget.TryParse("192.0.2.7:5300@k/example.com", out var target).ShouldBeTrue();
        target.ShouldBe(new UpdateTarget(new IPEndPoint(IPAddress.Parse("192.0.2.7"), 5300), DnsName.Parse("k"), DnsName.Parse("example.com")));
        UpdateTarget.TryParse("192.0.2.7", out _).ShouldBeFalse("updates are signed");
        UpdateTarget.TryParse("192.0.2.7@k/a..b", out _).ShouldBeFalse();
    }
}
