using System.Collections.Immutable;
using System.Net;
using Federation.TestKit.Local;
using MemberCluster.Agent.Services;
using MemberCluster.Agent.Services.Nftables;

namespace MemberCluster.Agent.Tests.Services.Nftables;

/// <summary>What the kernel is told, word for word. After a change on purpose: <c>RENEW_GOLDEN=1 dotnet test --filter NftRendering</c>, and read the difference.</summary>
public sealed class NftRenderingTests
{
    private const string Table = "federation/us-east-1/a";

    private static readonly KernelServices Before = new()
    {
        Services = All(
            Service("10.0.0.1:80", ServiceProtocol.Tcp, ["10.88.0.2:8080", "10.88.0.3:8080"], [("10.0.0.2:80", 3), ("10.0.0.3:80", 1)]),
            Service("10.0.0.1:53", ServiceProtocol.Udp, ["10.88.0.2:5353"], []),
            Service("[fd00::1]:443", ServiceProtocol.Tcp, ["[fd88::2]:8443"], [("[fd00::2]:443", 2)]),
            Service("10.0.0.1:81", ServiceProtocol.Tcp, [], [])),
        Peers = [IPAddress.Parse("10.0.0.2"), IPAddress.Parse("10.0.0.3"), IPAddress.Parse("fd00::2")],
        PodNetworks = [IPNetwork.Parse("10.88.0.0/24"), IPNetwork.Parse("fd88::/64")],
    };

    private static readonly KernelServices After = Before with
    {
        Services = All(
            Service("10.0.0.1:80", ServiceProtocol.Tcp, ["10.88.0.3:8080"], [("10.0.0.2:80", 3)]),
            Service("10.0.0.1:53", ServiceProtocol.Udp, ["10.88.0.2:5353"], []),
            Service("10.0.0.1:82", ServiceProtocol.Tcp, [], [("10.0.0.2:82", 1)]),
            Service("10.0.0.1:81", ServiceProtocol.Tcp, [], [])),
        Peers = [IPAddress.Parse("10.0.0.2")],
    };

    private static ImmutableDictionary<ServiceAddress, KernelService> All(params KernelService[] services) => services.ToImmutableDictionary(service => service.Address);

    private static KernelService Service(string listen, ServiceProtocol protocol, string[] own, (string Address, int Weight)[] peers) => new(
        new ServiceAddress(protocol, IPEndPoint.Parse(listen)),
        [.. own.Select(IPEndPoint.Parse)],
        [.. peers.Select(peer => new KernelPeer(IPEndPoint.Parse(peer.Address), peer.Weight))]);

    private static void ShouldBeAsWritten(string text, string name)
    {
        var path = Path.Combine(Programs.Root, "tests", "MemberCluster.Agent.Tests", "Services", "Nftables", name);
        if (Environment.GetEnvironmentVariable("RENEW_GOLDEN") == "1")
            File.WriteAllText(path, text);
        text.ShouldBe(File.ReadAllText(path));
    }

    [Fact]
    public void Full_Services_ReplaceTheTableInOneTransaction() => ShouldBeAsWritten(NftRendering.Full(Table, Before), "full.nft");

    [Fact]
    public void Change_SomeServices_TouchesThoseOnly() => ShouldBeAsWritten(NftRendering.Change(Table, Before, After), "change.nft");

    [Fact]
    public void Change_Nothing_SaysNothing() => NftRendering.Change(Table, Before, Before with { Peers = [.. Before.Peers] }).ShouldBeEmpty();

    [Fact]
    public void TableOf_Names_AreTheClustersOwn()
    {
        NftNames.IsOf("us-east-1", NftNames.TableOf("us-east-1", "a")).ShouldBeTrue();
        NftNames.IsOf("us-east", NftNames.TableOf("us-east-1", "a")).ShouldBeFalse();
        NftNames.TableOf("us-east-1", "a b; flush ruleset").ShouldMatch("^federation/us-east-1/x[0-9a-f]{32}$");
    }
}
