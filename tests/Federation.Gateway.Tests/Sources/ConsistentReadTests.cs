using Federation.Api.Core;
using Federation.Api.Meta;
using Federation.TestKit.Waiting;

namespace Federation.Gateway.Tests.Sources;

/// <summary>A write that one gateway acknowledged is shown by the next read at any other.</summary>
public sealed class ConsistentReadTests(GatewayHarness gateway) : IClassFixture<GatewayHarness>
{
    [Theory]
    [InlineData("/api/v1/namespaces/NAME")]
    [InlineData("/api/v1/namespaces?fieldSelector=metadata.name%3DNAME")]
    [InlineData("/api/v1/namespaces?watch=true&timeoutSeconds=1&fieldSelector=metadata.name%3DNAME")]
    public async Task Read_AtAnotherGateway_ShowsWhatWasAcknowledgedBefore(string path)
    {
        var name = $"seen-{Guid.NewGuid():N}";
        await using var second = await SecondGateway.StartAsync(gateway);
        using var http = gateway.Http(client: second.Client);
        second.Store.Hold();
        var written = await gateway.Client.CreateAsync(new Namespace { Metadata = new ObjectMeta { Name = name } });
        var asked = second.Store.Asked;

        var reading = http.GetStringAsync(new Uri(path.Replace("NAME", name, StringComparison.Ordinal), UriKind.Relative));
        // Its cache gets the change only after it has asked the store how far it must be: who does not ask, answers without it.
        await Eventually.TrueAsync(() => Task.FromResult(second.Store.Asked > asked || reading.IsCompleted), "the second gateway asks the store or answers");
        second.Store.Release();

        (await reading).ShouldContain(written.Metadata.Uid!);
    }

    [Fact]
    public async Task Credential_MadeAtAnotherGateway_IsKnownAtOnce()
    {
        await using var second = await SecondGateway.StartAsync(gateway);
        second.Store.Hold();
        using var agent = await gateway.JoinAsync("joined-elsewhere");
        var asked = second.Store.Asked;

        var answering = gateway.SendAsync(HttpMethod.Get, "/api/v1/namespaces", token: agent.Options.Token, client: second.Client);
        await Eventually.TrueAsync(() => second.Store.Asked > asked || answering.IsCompleted, "the second gateway asks the store or answers");
        second.Store.Release();

        // Known, and not an administrator.
        ((int)(await answering).Code).ShouldBe(403);
    }

    [Fact]
    public async Task Read_OfAnyState_DoesNotWaitForTheStore()
    {
        await using var second = await SecondGateway.StartAsync(gateway);
        second.Store.Hold();
        await gateway.Client.CreateAsync(new Namespace { Metadata = new ObjectMeta { Name = "unseen" } });
        var asked = second.Store.Asked;

        var (code, list) = await gateway.SendAsync(HttpMethod.Get, "/api/v1/namespaces?resourceVersion=0", client: second.Client);

        ((int)code).ShouldBe(200);
        list.ToString().ShouldNotContain("unseen");
        second.Store.Asked.ShouldBe(asked);
    }

    [Fact]
    public async Task Read_BehindAnotherGateway_IsRefusedWhenItCannotCatchUp()
    {
        await using var second = await SecondGateway.StartAsync(gateway);
        second.Store.Hold();
        await gateway.Client.CreateAsync(new Namespace { Metadata = new ObjectMeta { Name = "late" } });

        var (code, status) = await gateway.SendAsync(HttpMethod.Get, "/api/v1/namespaces/late", client: second.Client);

        ((int)code).ShouldBe(504);
        status.GetProperty("message").GetString()!.ShouldContain("Too large resource version");
    }

    [Fact]
    public async Task Read_StoreAway_IsServedFromMemoryWithAWarning()
    {
        await using var second = await SecondGateway.StartAsync(gateway);
        using var http = gateway.Http(client: second.Client);
        second.Store.IsAway = true;

        using var answer = await http.GetAsync(new Uri("/api/v1/namespaces/default", UriKind.Relative));

        ((int)answer.StatusCode).ShouldBe(200);
        answer.Headers.GetValues("Warning").ShouldHaveSingleItem().ShouldContain("may be old");
        second.Store.IsAway = false;
        using var later = await http.GetAsync(new Uri("/api/v1/namespaces/default", UriKind.Relative));
        later.Headers.Contains("Warning").ShouldBeFalse();
    }
}
