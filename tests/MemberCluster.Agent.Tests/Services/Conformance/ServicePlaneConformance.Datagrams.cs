using System.Net;
using System.Net.Sockets;

namespace MemberCluster.Agent.Tests.Services.Conformance;

public abstract partial class ServicePlaneConformance
{
    private Task ServeDatagramsAsync(params string[] own) => Node.TellAsync("dns", On(own, udp: true));

    [Fact]
    public async Task Datagrams_OneClient_KeepsItsPodWhileItTalks()
    {
        Pod("a");
        Pod("b");
        Pod("c");
        await ServeDatagramsAsync("a", "b", "c");
        var socket = Talk(Service);
        var first = await LabClient.TalkAsync(socket);
        for (var round = 0; round < 30; round++)
            (await LabClient.TalkAsync(socket)).Pod.ShouldBe(first.Pod);
    }

    [Fact]
    public async Task Datagrams_ManyClients_ReachEveryPod()
    {
        Pod("a");
        Pod("b");
        await ServeDatagramsAsync("a", "b");
        var seen = new HashSet<string>();
        for (var client = 0; client < 60; client++)
            seen.Add((await LabClient.TalkAsync(Talk(Service))).Pod);
        seen.ShouldBe(["a", "b"], ignoreOrder: true);
    }

    [Fact]
    public async Task Datagrams_PodLeaves_ItsClientsAreAnsweredByAnother()
    {
        Pod("a");
        Pod("b");
        await ServeDatagramsAsync("a");
        var socket = Talk(Service);
        (await LabClient.TalkAsync(socket)).Pod.ShouldBe("a");
        await ServeDatagramsAsync("b");
        (await LabClient.TalkAsync(socket)).Pod.ShouldBe("b");
    }

    [Fact]
    public async Task Datagrams_OtherPodComes_FlowsStayWhereTheyAre()
    {
        Pod("a");
        Pod("b");
        await ServeDatagramsAsync("a");
        var sockets = Enumerable.Range(0, 20).Select(_ => Talk(Service)).ToList();
        foreach (var socket in sockets)
            (await LabClient.TalkAsync(socket)).Pod.ShouldBe("a");
        await ServeDatagramsAsync("a", "b");
        foreach (var socket in sockets)
            (await LabClient.TalkAsync(socket)).Pod.ShouldBe("a");
    }

    [Fact]
    public async Task Datagrams_NobodyWasReady_TheSameClientIsAnsweredOnceSomebodyIs()
    {
        Pod("a");
        await ServeDatagramsAsync();
        var socket = Talk(Service);
        await socket.SendAsync("?"u8.ToArray());
        await ServeDatagramsAsync("a");
        (await LabClient.TalkAsync(socket)).Pod.ShouldBe("a");
    }

    [Fact]
    public async Task Datagrams_SamePortOverTcp_AreTwoServices()
    {
        Pod("a");
        Pod("b");
        await Node.TellAsync("web", On(["a"]), On(["b"], udp: true));
        (await Client.WhoAsync(Service)).ShouldBe("a");
        (await LabClient.TalkAsync(Talk(Service))).Pod.ShouldBe("b");
    }

    [Fact]
    public async Task Datagrams_OtherNode_AnswersThroughThisOne()
    {
        Pod("p");
        await OtherAsync(udp: true);
        await Node.TellAsync("web", On([], ["other"], udp: true));
        (await LabClient.TalkAsync(Talk(Service))).Pod.ShouldBe("p");
    }

    [Fact]
    public async Task Datagrams_PodIsTheClient_IsAnswered()
    {
        Pod("a");
        await ServeDatagramsAsync("a");
        using var socket = new LabClient(Lab, "a").Talk(Service);
        (await LabClient.TalkAsync(socket)).Pod.ShouldBe("a");
        using var local = new LabClient(Lab, "node").Talk(Service);
        (await LabClient.TalkAsync(local)).Pod.ShouldBe("a");
    }

    [Fact]
    public async Task Datagrams_PortIsTaken_SaysSo()
    {
        using var thief = Lab.NewSocket("node", AddressFamily.InterNetwork, SocketType.Dgram);
        thief.Bind(IPEndPoint.Parse(Service));
        await ServeDatagramsAsync("a");
        Node.Problems[("dns", $"{Service}/udp")].ShouldContain("cannot be listened on");
    }
}
