using System.Collections.Concurrent;
using Federation.TestKit.Machines;
using Federation.TestKit.Waiting;
using MemberCluster.Agent.PlaneHost;

namespace MemberCluster.Agent.Tests.Services.Conformance;

public sealed class NftablesConformanceTests() : ServicePlaneConformance("nftables")
{
    [Fact]
    public async Task Serve_OwnPod_SeesTheClientsAddress()
    {
        Pod("a");
        await ServeAsync("a");
        (await Client.AskAsync(Service)).ShouldBe(new Served("a", ServiceLab.Client));
        (await LabClient.TalkAsync(await DatagramsAsync())).ShouldBe(new Served("a", ServiceLab.Client));

        async Task<System.Net.Sockets.Socket> DatagramsAsync()
        {
            await Node.TellAsync("dns", On(["a"], udp: true));
            return Talk(Service);
        }
    }

    [Fact]
    public async Task Serve_ForwardedPacketsAreDropped_AreLetThroughAsTheEngineAllows()
    {
        // As Docker leaves it: what it does not know is dropped, unless DOCKER-USER says otherwise.
        Pod("a");
        Pod("p");
        await Lab.MustRunAsync("node", "iptables", "-N", "DOCKER-USER");
        await Lab.MustRunAsync("node", "iptables", "-A", "FORWARD", "-j", "DOCKER-USER");
        await Lab.MustRunAsync("node", "iptables", "-P", "FORWARD", "DROP");
        await OtherAsync();
        await ServeAsync("a");
        (await Client.WhoAsync(Service)).ShouldBe("a");
        await Node.TellAsync("web", On([], ["other"]));
        (await Client.WhoAsync(Service)).ShouldBe("p");
        var rules = (await Lab.RunAsync("node", "iptables", "-S", "DOCKER-USER")).Output;
        rules.Split('\n').Count(rule => rule.Contains(Table, StringComparison.Ordinal)).ShouldBe(1, rules);

        (await Lab.RunAsync("node", "dotnet", PlaneProcess.Program, "purge", "test")).ExitCode.ShouldBe(0);
        (await Lab.RunAsync("node", "iptables", "-S", "DOCKER-USER")).Output.ShouldNotContain(Table);
        (await Lab.RunAsync("node", "nft", "list", "tables")).Output.ShouldNotContain(Table);
    }

    [Fact]
    public async Task Kill_UnderLoad_NoConnectionFailsUntilTheNextAgentServes()
    {
        Pod("a");
        Pod("b");
        await ServeAsync("a", "b");
        using var open = await OpenAnyAsync();
        using var stop = new CancellationTokenSource();
        var failures = new ConcurrentQueue<string>();
        var served = 0;
        var load = Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                try
                {
                    await Client.AskAsync(Service);
                    Interlocked.Increment(ref served);
                }
                catch (Exception exception)
                {
                    failures.Enqueue(exception.Message);
                }
            }
        })).ToList();
        await ServedMoreAsync(200);

        await Node.KillAsync();
        await ServedMoreAsync(200);
        var next = await StartAsync("node", Table);
        // It knows its works before its engine: nothing is taken away yet.
        await next.OrderAsync(new HostOrder { Works = [new HostWork("web", [On([])])] });
        await ServedMoreAsync(200);
        await next.TellAsync("web", On(["b"]));
        await ServedMoreAsync(200);
        (await Client.CountAsync(Service, 30)).Keys.ShouldBe(["b"]);
        await LabClient.EchoAsync(open);
        await stop.CancelAsync();
        await Task.WhenAll(load);
        failures.ShouldBeEmpty();

        Task ServedMoreAsync(int more)
        {
            var goal = Volatile.Read(ref served) + more;
            return Eventually.TrueAsync(() => Volatile.Read(ref served) >= goal, "connections are served");
        }
    }

    [Fact]
    public async Task Open_WorkIsGoneMeanwhile_WhatTheDeadAgentLeftGoes()
    {
        Pod("a");
        await ServeAsync("a");
        await Node.KillAsync();
        (await Client.WhoAsync(Service)).ShouldBe("a");
        var next = await StartAsync("node", Table);
        await next.TellAsync();
        (await Client.RefusalAsync(Service)).ShouldBe(System.Net.Sockets.SocketError.ConnectionRefused);
    }

    [Fact]
    public async Task Serve_RulesWereFlushed_ConnectionsAreServedAndTheRulesMadeAgain()
    {
        Pod("a");
        await ServeAsync("a");
        await Lab.MustRunAsync("node", "nft", "flush", "ruleset");
        (await Client.AskAsync(Service)).ShouldBe(new Served("a", "10.88.0.1"), "the proxy stands behind the rules");
        // A change to rules that are not there fails as a whole; then all of them are made.
        await Node.TellAsync("more", On(["a"], port: Port + 10_000));
        (await Client.AskAsync(Service)).ShouldBe(new Served("a", ServiceLab.Client));
    }

    private async Task<System.Net.Sockets.Socket> OpenAnyAsync() => (await Client.OpenAsync(Service)).Socket;
}
