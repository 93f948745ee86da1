using System.Text.Json;
using Federation.Api.Core;
using Federation.Api.Meta;
using Federation.Gateway.Tests.Sources;

namespace Federation.Gateway.Tests.Resources;

/// <summary>Which state a list shows: pages that go on elsewhere, states of the past, and what is refused.</summary>
public sealed class ListRevisionTests(GatewayHarness gateway) : IClassFixture<GatewayHarness>
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task List_ContinuedAfterARestart_IsWhatItWasAtTheStart(bool forgetsTheRing)
    {
        var label = $"restart-{forgetsTheRing}";
        for (var index = 0; index < 6; index++)
            await CreateAsync($"{label}-{index}".ToLowerInvariant(), label);
        var path = $"/api/v1/namespaces/shop/events?labelSelector=l%3D{label}&limit=2";
        var first = await ListAsync(path);

        await ChangeEverythingAsync(label);
        if (forgetsTheRing)
            await gateway.RestartAsync();
        else
            await gateway.RestartGatewayAsync();
        var second = await ListAsync($"{path}&continue={Continue(first)}");
        var third = await ListAsync($"{path}&continue={Continue(second)}");

        Shown(first, second, third).ShouldBe(Enumerable.Range(0, 6).Select(index => $"{label}-{index}=before".ToLowerInvariant()));
        new[] { first, second, third }.Select(Revision).Distinct().Count().ShouldBe(1);
        Continue(third).ShouldBeNull();
    }

    [Fact]
    public async Task List_ContinuedAtAnotherGateway_IsWhatItWasAtTheStart()
    {
        await using var second = await SecondGateway.StartAsync(gateway);
        for (var index = 0; index < 4; index++)
            await CreateAsync($"other-{index}", "other");
        const string Path = "/api/v1/events?labelSelector=l%3Dother&limit=2";
        var first = await ListAsync(Path);
        await ChangeEverythingAsync("other");

        var (_, rest) = await gateway.SendAsync(HttpMethod.Get, $"{Path}&continue={Continue(first)}", client: second.Client);

        Shown(first, rest).ShouldBe(Enumerable.Range(0, 4).Select(index => $"other-{index}=before"));
        Revision(rest).ShouldBe(Revision(first));
    }

    [Fact]
    public async Task List_ContinueTooOld_IsExpiredWithATokenThatGoesOnWithWhatThereIs()
    {
        for (var index = 0; index < 4; index++)
            await CreateAsync($"old-{index}", "old");
        const string Path = "/api/v1/namespaces/shop/events?labelSelector=l%3Dold&limit=1";
        var first = await ListAsync(Path);
        await gateway.Client.DeleteAsync<Event>("old-1", "shop");
        await gateway.Store.CompactAsync(long.MaxValue, CancellationToken.None);
        await gateway.RestartAsync();

        var (code, status) = await gateway.SendAsync(HttpMethod.Get, $"{Path}&continue={Continue(first)}");

        ((int)code, status.GetProperty("reason").GetString()).ShouldBe((410, StatusReasons.Expired));
        status.GetProperty("message").GetString()!.ShouldContain("inconsistent list");
        var second = await ListAsync($"{Path}&continue={Continue(status)}");
        await gateway.Client.DeleteAsync<Event>("old-3", "shop");
        // From here on it is consistent again, at the revision of its second page.
        var third = await ListAsync($"{Path}&continue={Continue(second)}");
        Shown(second, third).ShouldBe(["old-2=before", "old-3=before"]);
        (Revision(second) > Revision(first), Revision(third)).ShouldBe((true, Revision(second)));
    }

    [Fact]
    public async Task List_TokenOfAnotherHistory_IsExpired()
    {
        for (var index = 0; index < 2; index++)
            await CreateAsync($"restored-{index}", "restored");
        const string Path = "/api/v1/namespaces/shop/events?labelSelector=l%3Drestored&limit=1";
        var first = await ListAsync(Path);
        await gateway.Store.RenewIdentityAsync(CancellationToken.None);
        await gateway.RestartAsync();

        var (code, _) = await gateway.SendAsync(HttpMethod.Get, $"{Path}&continue={Continue(first)}");

        ((int)code).ShouldBe(410);
    }

    [Fact]
    public async Task List_Exact_ShowsThePastAndNotOlderThanThePresent()
    {
        await CreateAsync("exact-1", "exact");
        var revision = await CreateAsync("exact-2", "exact");
        await ChangeEverythingAsync("exact");
        await CreateAsync("exact-3", "exact");
        const string Path = "/api/v1/events?labelSelector=l%3Dexact";

        var exact = await ListAsync($"{Path}&resourceVersionMatch=Exact&resourceVersion={revision}");
        var limited = await ListAsync($"{Path}&limit=5&resourceVersion={revision}");
        var notOlder = await ListAsync($"{Path}&resourceVersionMatch=NotOlderThan&limit=5&resourceVersion={revision}");
        var unset = await ListAsync($"{Path}&resourceVersion={revision}");

        Shown(exact).ShouldBe(["exact-1=before", "exact-2=before"]);
        Revision(exact).ShouldBe(revision);
        Shown(limited).ShouldBe(Shown(exact));
        Shown(notOlder).ShouldBe(["exact-1=after", "exact-2=after", "exact-3=before"]);
        Shown(unset).ShouldBe(Shown(notOlder));
    }

    [Theory]
    [InlineData("resourceVersionMatch=Exact", 422, "resourceVersionMatch is forbidden unless resourceVersion is provided")]
    [InlineData("resourceVersionMatch=Newest&resourceVersion=1", 422, "Unsupported value: \"Newest\"")]
    [InlineData("resourceVersionMatch=Exact&resourceVersion=0", 422, "forbidden for resourceVersion \"0\"")]
    [InlineData("resourceVersionMatch=NotOlderThan&resourceVersion=0&continue=x", 422, "forbidden when continue is provided")]
    [InlineData("sendInitialEvents=true", 422, "sendInitialEvents is forbidden for list")]
    [InlineData("continue=x&resourceVersion=7", 400, "specifying resource version is not allowed when using continue")]
    [InlineData("continue=%25%25", 400, "continue key is not valid")]
    [InlineData("continue=AAAA", 400, "continue key is not valid")]
    [InlineData("resourceVersion=abc", 400, "resourceVersion")]
    [InlineData("resourceVersion=-1", 400, "resourceVersion")]
    [InlineData("limit=-1", 400, "limit")]
    [InlineData("resourceVersionMatch=Exact&resourceVersion=999999999", 504, "Too large resource version")]
    [InlineData("watch=true&resourceVersionMatch=NotOlderThan&resourceVersion=1", 422, "forbidden for watch unless sendInitialEvents is provided")]
    [InlineData("watch=true&sendInitialEvents=true", 422, "requires setting resourceVersionMatch to NotOlderThan")]
    public async Task List_Contradiction_IsRefusedWithTheReason(string query, int code, string message)
    {
        var (refused, status) = await gateway.SendAsync(HttpMethod.Get, "/api/v1/events?" + query);

        ((int)refused).ShouldBe(code);
        status.GetProperty("message").GetString()!.ShouldContain(message);
    }

    [Fact]
    public async Task List_MetadataOnly_HasNothingElse()
    {
        await CreateAsync("meta-1", "meta");
        const string Form = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json";

        var (_, list) = await gateway.SendAsync(HttpMethod.Get, "/api/v1/events?labelSelector=l%3Dmeta", accept: Form);
        var (_, one) = await gateway.SendAsync(HttpMethod.Get, "/api/v1/namespaces/shop/events/meta-1", accept: "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io");

        (list.GetProperty("kind").GetString(), list.GetProperty("apiVersion").GetString()).ShouldBe(("PartialObjectMetadataList", "meta.k8s.io/v1"));
        foreach (var item in (JsonElement[])[list.GetProperty("items")[0], one])
        {
            item.EnumerateObject().Select(property => property.Name).ShouldBe(["kind", "apiVersion", "metadata"]);
            item.GetProperty("kind").GetString().ShouldBe("PartialObjectMetadata");
            item.GetProperty("metadata").GetProperty("name").GetString().ShouldBe("meta-1");
            item.GetProperty("metadata").GetProperty("labels").GetProperty("l").GetString().ShouldBe("meta");
            item.GetProperty("metadata").GetProperty("resourceVersion").GetString().ShouldNotBeNullOrEmpty();
        }
    }

    [Fact]
    public async Task List_OneByName_IsFoundAndFilteredByItsLabels()
    {
        await CreateAsync("byname-1", "byname");

        Shown(await ListAsync("/api/v1/namespaces/shop/events?fieldSelector=metadata.name%3Dbyname-1")).ShouldBe(["byname-1=before"]);
        Shown(await ListAsync("/api/v1/events?fieldSelector=metadata.name%3Dbyname-1,metadata.namespace%3Dshop&labelSelector=l%3Dbyname")).ShouldBe(["byname-1=before"]);
        Shown(await ListAsync("/api/v1/namespaces/shop/events?fieldSelector=metadata.name%3Dbyname-1&labelSelector=l%3Dother")).ShouldBeEmpty();
        Shown(await ListAsync("/api/v1/namespaces/default/events?fieldSelector=metadata.name%3Dbyname-1")).ShouldBeEmpty();
        Shown(await ListAsync("/api/v1/namespaces/shop/events?fieldSelector=metadata.name%3Dbyname-0")).ShouldBeEmpty();
        Shown(await ListAsync("/api/v1/namespaces/shop/events?labelSelector=l%3Dbyname&fieldSelector=metadata.name!%3Dbyname-1")).ShouldBeEmpty();
    }

    private async Task<long> CreateAsync(string name, string label) =>
        long.Parse((await gateway.Client.CreateAsync(ResourceEndpointTests.NewEvent("shop", name, label: label) with { Message = "before" })).Metadata.ResourceVersion!);

    /// <summary>Each object as it is now is replaced by another version of it.</summary>
    private async Task ChangeEverythingAsync(string label)
    {
        foreach (var item in (await gateway.Client.ListAsync<Event>(new() { LabelSelector = $"l={label}" })).Items)
            await gateway.StoreAsync(item with { Message = "after", Metadata = item.Metadata with { ResourceVersion = null } });
    }

    private async Task<JsonElement> ListAsync(string path)
    {
        var (code, list) = await gateway.SendAsync(HttpMethod.Get, path);
        ((int)code).ShouldBe(200, list.ToString());
        return list;
    }

    private static List<string> Shown(params JsonElement[] pages) =>
        [.. pages.SelectMany(page => page.GetProperty("items").EnumerateArray()).Select(item => $"{item.GetProperty("metadata").GetProperty("name").GetString()}={item.GetProperty("message").GetString()}")];

    private static string? Continue(JsonElement list) => list.GetProperty("metadata").TryGetProperty("continue", out var token) ? token.GetString() : null;

    private static long Revision(JsonElement list) => long.Parse(list.GetProperty("metadata").GetProperty("resourceVersion").GetString()!);
}
