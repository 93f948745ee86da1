namespace MemberCluster.Agent.Tests.Services.Conformance;

public sealed class ProxyConformanceTests() : ServicePlaneConformance("proxy")
{
    [Fact]
    public async Task Serve_Pod_SeesTheNodeAsItsClient()
    {
        Pod("a");
        await ServeAsync("a");
        (await Client.AskAsync(Service)).ShouldBe(new Served("a", "10.88.0.1"));
    }

    [Fact]
    public async Task Restart_AfterAKill_ServesAgain()
    {
        Pod("a");
        await ServeAsync("a");
        (await Client.WhoAsync(Service)).ShouldBe("a");
        await Node.KillAsync();
        (await Client.RefusalAsync(Service)).ShouldNotBeNull();
        var next = await StartAsync("node", Table);
        await next.TellAsync("web", On(["a"]));
        (await Client.WhoAsync(Service)).ShouldBe("a");
    }
}
