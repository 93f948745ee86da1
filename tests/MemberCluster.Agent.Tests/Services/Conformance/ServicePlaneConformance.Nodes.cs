using System.Net.Sockets;
using Federation.TestKit.Machines;
using Federation.TestKit.Waiting;
using MemberCluster.Agent.PlaneHost;

namespace MemberCluster.Agent.Tests.Services.Conformance;

public abstract partial class ServicePlaneConformance
{
    [Fact]
    public async Task Peers_NoOwnPod_ConnectionsGoToTheOtherNodesPods()
    {
        Pod("p");
        await OtherAsync();
        await Node.TellAsync("web", On([], ["other"]));
        var served = await Client.AskAsync(Service);
        served.Pod.ShouldBe("p");
        (await new LabClient(Lab, "node").WhoAsync(Service)).ShouldBe("p");
    }

    [Fact]
    public async Task Peers_OwnPodIsTheClient_ReachesTheOtherNode()
    {
        Pod("p");
        await OtherAsync();
        await Node.TellAsync("web", On([], ["other"]));
        (await new LabClient(Lab, "a").WhoAsync(Service)).ShouldBe("p");
    }

    [Fact]
    public async Task Peers_EachSendsToTheOther_NothingGoesRoundInCircles()
    {
        // Each believes that the other has pods, and has none itself.
        await OtherAsync(hasPod: false);
        await Node.TellAsync("web", On([], ["other"]));
        for (var attempt = 0; attempt < 5; attempt++)
            (await Client.RefusalAsync(Service)).ShouldBeOneOf(SocketError.ConnectionRefused, SocketError.ConnectionReset);
    }

    [Fact]
    public async Task Peers_ArrivesFromANode_GoesToOwnPodsOnly()
    {
        Pod("a");
        Pod("p");
        await OtherAsync();
        await Node.TellAsync("web", On(["a"], ["other"], weight: 50));
        // The other node's own connections, as its plane makes them: nearly all would come back if this node passed them on.
        (await new LabClient(Lab, "other").CountAsync(Service, 40)).Keys.ShouldBe(["a"]);
    }

    [Fact]
    public async Task Peers_LastOwnPodLeaves_OtherNodesAreServedUntilTheyKnowAndOthersElsewhere()
    {
        Pod("a");
        Pod("p");
        await OtherAsync();
        await Node.TellAsync("web", On(["a"], ["other"]) with { Leaving = ["a"] });
        (await new LabClient(Lab, "other").CountAsync(Service, 20)).Keys.ShouldBe(["a"]);
        (await Client.CountAsync(Service, 20)).Keys.ShouldBe(["p"]);
    }

    [Fact]
    public async Task Peers_NodeFallsSilent_IsLeftOutAndComesBack()
    {
        Pod("a");
        Pod("p");
        await OtherAsync();
        await Node.TellAsync("web", On(["a"], ["other"], weight: 3));
        await Lab.MustRunAsync("other", "ip", "link", "set", "eth0", "down");
        await Eventually.TrueAsync(async () => await IsServedByAsync("a"), "only the own pod serves");
        (await Client.CountAsync(Service, 40)).Keys.ShouldBe(["a"]);
        await Lab.MustRunAsync("other", "ip", "link", "set", "eth0", "up");
        await Eventually.TrueAsync(async () => (await Client.CountAsync(Service, 40)).ContainsKey("p"), "the other node serves again");

        async Task<bool> IsServedByAsync(string pod)
        {
            for (var attempt = 0; attempt < 12; attempt++)
            {
                // A client that is sent to the silent node would wait for long.
                if (await Task.WhenAny(Client.WhoAsync(Service), Task.Delay(TimeSpan.FromMilliseconds(500), TimeProvider.System)) is not Task<string> { IsCompletedSuccessfully: true } who || await who != pod)
                    return false;
            }

            return true;
        }
    }

    [Fact]
    public async Task Peers_NodeServesThePortNoMore_IsLeftOut()
    {
        Pod("a");
        var other = await OtherAsync(hasPod: false, peers: new Dictionary<string, string>());
        await other.TellAsync("web");
        await Node.TellAsync("web", On(["a"], ["other"], weight: 9));
        await Eventually.TrueAsync(
            async () =>
            {
                for (var attempt = 0; attempt < 20; attempt++)
                {
                    if (await Client.RefusalAsync(Service) is not null)
                        return false;
                }

                return true;
            },
            "no connection is sent to the node that refuses");
    }

    [Fact]
    public async Task PetPorts_OfOneWork_EachLeadsToItsOwnPetOnWhateverNode()
    {
        Pod("a");
        Pod("p");
        await OtherAsync();
        var next = $"{ServiceLab.Node}:{Port + 10_000}";
        await Node.TellAsync("web", On([], ["other"]), On(["a"], port: Port + 10_000));
        (await Client.CountAsync(Service, 20)).Keys.ShouldBe(["p"]);
        (await Client.CountAsync(next, 20)).Keys.ShouldBe(["a"]);
        (await new LabClient(Lab, "a").WhoAsync(Service)).ShouldBe("p", "pets reach each other");
        (await new LabClient(Lab, "other").WhoAsync(next)).ShouldBe("a");
    }

    [Fact]
    public async Task PetPort_PetStopsAndStartsOnAnotherNode_LeadsToNobodyAndThenThere()
    {
        Pod("a");
        Pod("p");
        await ServeAsync("a");
        (await Client.WhoAsync(Service)).ShouldBe("a");
        await ServeAsync();
        (await Client.RefusalAsync(Service)).ShouldBeOneOf(SocketError.ConnectionRefused, SocketError.ConnectionReset);
        await OtherAsync();
        await Node.TellAsync("web", On([], ["other"]));
        (await Client.CountAsync(Service, 20)).Keys.ShouldBe(["p"]);
    }

    [Fact]
    public async Task TwoAgents_OnOneMachine_LeaveEachOtherAlone()
    {
        Pod("a");
        Pod("b");
        var second = await StartAsync("node", "federation/second/node");
        await ServeAsync("a");
        await second.TellAsync("web", On(["b"], port: Port + 10_000));
        await second.TellAsync("clash", On(["b"]));
        second.Problems[("clash", Service)].ShouldContain("cannot be listened on");
        (await Client.CountAsync(Service, 20)).Keys.ShouldBe(["a"]);
        (await Client.CountAsync($"{ServiceLab.Node}:{Port + 10_000}", 20)).Keys.ShouldBe(["b"]);

        (await Lab.RunAsync("node", "dotnet", PlaneProcess.Program, "purge", "second")).ExitCode.ShouldBe(0);
        (await Client.CountAsync(Service, 20)).Keys.ShouldBe(["a"]);
    }
}
