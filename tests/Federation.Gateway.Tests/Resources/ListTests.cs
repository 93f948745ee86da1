using System.Text.Json.Nodes;
using Federation.Api.Core;
using Federation.Api.Meta;
using Federation.Client;

namespace Federation.Gateway.Tests.Resources;

public sealed class ListTests : IClassFixture<GatewayHarness>
{
    private readonly GatewayHarness _gateway;

    public ListTests(GatewayHarness gateway) => _gateway = gateway;

    [Fact]
    public async Task List_Selectors_NarrowByLabelFieldAndNamespace()
    {
        await CreateAsync("default", "sel-1", about: "web", label: "x");
        await CreateAsync("default", "sel-2", about: "api", label: "y");
        await CreateAsync("shop", "sel-3", about: "web", label: "x");

        (await NamesAsync(new ListQuery { LabelSelector = "l in (x)" })).ShouldBe(["default/sel-1", "shop/sel-3"]);
        (await NamesAsync(new ListQuery { LabelSelector = "l,l!=x" })).ShouldBe(["default/sel-2"]);
        (await NamesAsync(new ListQuery { FieldSelector = "involvedObject.name=web,metadata.namespace=shop" })).ShouldBe(["shop/sel-3"]);
        (await NamesAsync(new ListQuery { Namespace = "default", LabelSelector = "l" })).ShouldBe(["default/sel-1", "default/sel-2"]);
    }

    [Fact]
    public async Task List_Continued_IsWhatItWasAtTheStart()
    {
        for (var index = 0; index < 7; index++)
            await CreateAsync("shop", $"page-{index}", label: "page");
        const string Path = "/api/v1/namespaces/shop/events?labelSelector=l%3Dpage&limit=3";

        var (_, first) = await _gateway.SendAsync(HttpMethod.Get, Path);
        await _gateway.Client.DeleteAsync<Event>("page-4", "shop");
        await CreateAsync("shop", "page-35", label: "page");
        var token = first.GetProperty("metadata").GetProperty("continue").GetString()!;
        var (_, second) = await _gateway.SendAsync(HttpMethod.Get, $"{Path}&continue={token}");
        var (_, third) = await _gateway.SendAsync(HttpMethod.Get, $"{Path}&continue={second.GetProperty("metadata").GetProperty("continue").GetString()}");

        var names = new[] { first, second, third }.SelectMany(page => page.GetProperty("items").EnumerateArray()).Select(item => item.GetProperty("metadata").GetProperty("name").GetString());
        names.ShouldBe(Enumerable.Range(0, 7).Select(index => $"page-{index}"));
        third.GetProperty("metadata").TryGetProperty("continue", out _).ShouldBeFalse();
        new[] { first, second, third }.Select(page => page.GetProperty("metadata").GetProperty("resourceVersion").GetString()).Distinct().Count().ShouldBe(1);
    }

    [Fact]
    public async Task List_TypedClient_FollowsPages()
    {
        for (var index = 0; index < 5; index++)
            await CreateAsync("shop", $"typed-{index}", label: "typed");

        var list = await _gateway.Client.ListAsync<Event>(new ListQuery { LabelSelector = "l=typed", PageSize = 2 });

        list.Items.Select(item => item.Metadata.Name).ShouldBe(Enumerable.Range(0, 5).Select(index => $"typed-{index}"));
    }

    [Fact]
    public async Task Get_Status_Subresource_ChangesOnlyTheStatus()
    {
        await _gateway.Client.CreateAsync(new Namespace { Metadata = new ObjectMeta { Name = "with-status" } });

        var patched = await _gateway.Client.PatchAsync<Namespace>(
            "with-status", JsonNode.Parse("""{"metadata":{"labels":{"a":"1"}},"status":{"phase":"Terminating"}}""")!.AsObject(), subresource: "status");

        patched.Status.Phase.ShouldBe("Terminating");
        patched.Metadata.Labels.ShouldBeEmpty();
    }

    private async Task<List<string>> NamesAsync(ListQuery query) =>
        [.. (await _gateway.Client.ListAsync<Event>(query with { FieldSelector = query.FieldSelector is null ? "reason=Tested" : query.FieldSelector + ",reason=Tested" })).Items
            .Where(item => item.Metadata.Name.StartsWith("sel-", StringComparison.Ordinal)).Select(item => $"{item.Metadata.Namespace}/{item.Metadata.Name}")];

    private Task<Event> CreateAsync(string @namespace, string name, string about = "web", string label = "") =>
        _gateway.Client.CreateAsync(ResourceEndpointTests.NewEvent(@namespace, name, about, label));
}
