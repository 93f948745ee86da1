using System.Net;
using MemberCluster.Agent.Services;
using MemberCluster.Agent.Services.Nftables;

namespace MemberCluster.Agent.Tests.Services.Nftables;

public sealed class KernelServicesOfTests
{
    private static ServiceEndpoint Endpoint(string listen, string[] own, params PeerAddress[] peers) =>
        new("uid", IPEndPoint.Parse(listen), [.. own.Select(address => new BackendAddress("pod", IPEndPoint.Parse(address)))]) { Peers = [.. peers] };

    private static KernelServices Wanted(ServiceEndpoint endpoint, string? holder = "uid") => KernelServicesOf.Wanted(
        [endpoint],
        holder is null ? new Dictionary<ServiceAddress, string>() : new Dictionary<ServiceAddress, string> { [endpoint.Address] = holder },
        [IPNetwork.Parse("10.88.0.0/24"), IPNetwork.Parse("192.168.0.0/16")]);

    [Fact]
    public void Wanted_HeldPort_IsServedWithTheNetworksOfItsPods()
    {
        var wanted = Wanted(Endpoint("10.0.0.1:80", ["10.88.0.2:8080"]));
        wanted.Services.Values.Single().Own.ShouldBe([IPEndPoint.Parse("10.88.0.2:8080")]);
        wanted.PodNetworks.ShouldBe([IPNetwork.Parse("10.88.0.0/24")]);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("other")]
    public void Wanted_PortOfAnother_IsLeftAlone(string? holder) => Wanted(Endpoint("10.0.0.1:80", ["10.88.0.2:8080"]), holder).Services.ShouldBeEmpty();

    [Theory]
    [InlineData("127.0.1.1:80", "10.88.0.2:8080")]
    [InlineData("0.0.0.0:80", "10.88.0.2:8080")]
    [InlineData("[::1]:80", "[fd88::2]:8080")]
    [InlineData("[fe80::1]:80", "[fd88::2]:8080")]
    [InlineData("[fd00::1]:80", "10.88.0.2:8080")]
    public void Wanted_WhatTheKernelCannotTranslate_IsLeftToTheProxy(string listen, string pod) => Wanted(Endpoint(listen, [pod])).Services.ShouldBeEmpty();

    [Fact]
    public void Wanted_NobodyReady_IsServedSoThatClientsAreRefused() => Wanted(Endpoint("10.0.0.1:80", [])).Services.ShouldHaveSingleItem();

    [Fact]
    public void Wanted_SilentPeer_GetsNothingButIsKnownAsANode()
    {
        var silent = new PeerAddress("b", IPEndPoint.Parse("10.0.0.2:80"), 1) { IsUp = false };
        var wanted = Wanted(Endpoint("10.0.0.1:80", ["10.88.0.2:8080"], silent));
        wanted.Services.Values.Single().Peers.ShouldBeEmpty();
        wanted.Peers.ShouldBe([IPAddress.Parse("10.0.0.2")]);
    }
}
