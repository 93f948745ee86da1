using System.Text.Json.Nodes;
using Federation.Api.Core;
using Federation.Api.Meta;
using Federation.Client;
using Federation.Gateway.Tests.Resources;

namespace Federation.Gateway.Tests.Watching;

public sealed class WatchTests(GatewayHarness gateway) : IClassFixture<GatewayHarness>
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Watch_FromAList_SeesEachLaterChangeOnceAcrossConnections()
    {
        const int Changes = 200;
        var list = await gateway.Client.ListAsync<Event>(new ListQuery { Namespace = "shop" });
        using var deadline = new CancellationTokenSource(Deadline);
        var writing = Task.Run(async () =>
        {
            for (var index = 0; index < Changes; index++)
                await gateway.Client.CreateAsync(ResourceEndpointTests.NewEvent("shop", $"resume-{index:000}"));
        });

        // Each connection is left after a few events: what is resumed must neither miss nor repeat.
        var seen = new List<string>();
        var revision = list.ResourceVersion;
        while (seen.Count < Changes)
        {
            var taken = 0;
            await foreach (var change in gateway.Client.WatchAsync<Event>(revision, new ListQuery { Namespace = "shop" }, deadline.Token))
            {
                revision = change.Object.Metadata.ResourceVersion!;
                if (change.Type == WatchEventType.Added && change.Object.Metadata.Name.StartsWith("resume-", StringComparison.Ordinal))
                    seen.Add(change.Object.Metadata.Name);
                if (++taken == 7 || seen.Count == Changes)
                    break;
            }
        }

        await writing;
        seen.ShouldBe(Enumerable.Range(0, Changes).Select(index => $"resume-{index:000}"));
    }

    [Fact]
    public async Task Watch_Selector_MakesAddedAndDeletedOfWhatBeginsAndStopsToMatch()
    {
        await gateway.Client.CreateAsync(new Namespace { Metadata = new ObjectMeta { Name = "w-labels" } });
        await using var watch = await RawWatch.OpenAsync(gateway, "/api/v1/namespaces?watch=true&labelSelector=tier%3Dprod&resourceVersion=" + gateway.Cache.Revision);

        await LabelAsync("w-labels", "prod");
        await LabelAsync("w-labels", "prod", more: "x");
        await LabelAsync("w-labels", "test");
        await LabelAsync("w-labels", "test", more: "y");
        await LabelAsync("w-labels", "prod");
        await gateway.Client.DeleteAsync<Namespace>("w-labels");

        var events = new List<string>();
        var last = 0L;
        while (events.Count == 0 || events[^1] != "DELETED" || events.Count < 5)
        {
            var (type, name, revision, labels) = await watch.NextAsync();
            name.ShouldBe("w-labels");
            revision.ShouldBeGreaterThan(last);
            last = revision;
            // A synthetic DELETED shows the last state that matched.
            labels.ShouldContain("prod");
            // The namespace's own removal may take more than one write.
            if (type != "MODIFIED" || events.Count < 2)
                events.Add(type);
        }

        events.ShouldBe(["ADDED", "MODIFIED", "DELETED", "ADDED", "DELETED"]);
    }

    [Fact]
    public async Task Watch_WithoutRevision_BeginsWithEverything()
    {
        await gateway.Client.CreateAsync(new Namespace { Metadata = new ObjectMeta { Name = "w-first" } });
        await using var watch = await RawWatch.OpenAsync(gateway, "/api/v1/namespaces?watch=true&fieldSelector=metadata.name%3Dw-first&resourceVersion=0");

        (await watch.NextAsync()).ShouldSatisfyAllConditions(first => (first.Type, first.Name).ShouldBe(("ADDED", "w-first")));
    }

    [Fact]
    public async Task Watch_SendInitialEvents_MarksTheirEnd()
    {
        await using var watch = await RawWatch.OpenAsync(
            gateway, "/api/v1/namespaces?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&fieldSelector=metadata.name%3Ddefault");

        (await watch.ReadAsync()).GetProperty("type").GetString().ShouldBe("ADDED");
        var bookmark = await watch.ReadAsync();
        bookmark.GetProperty("type").GetString().ShouldBe("BOOKMARK");
        bookmark.GetProperty("object").GetProperty("metadata").GetProperty("annotations").GetProperty("k8s.io/initial-events-end").GetString().ShouldBe("true");
    }

    [Fact]
    public async Task Watch_Bookmarks_MoveOnWithChangesOfOtherKinds()
    {
        await using var watch = await RawWatch.OpenAsync(gateway, "/apis/federation/v1/clusters?watch=true&allowWatchBookmarks=true&resourceVersion=" + gateway.Cache.Revision);
        var written = long.Parse((await gateway.Client.CreateAsync(ResourceEndpointTests.NewEvent("shop", "w-other"))).Metadata.ResourceVersion!);

        long revision;
        do
        {
            var (type, _, bookmark, _) = await watch.NextAsync();
            type.ShouldBe("BOOKMARK");
            revision = bookmark;
        }
        while (revision < written);

        revision.ShouldBeGreaterThanOrEqualTo(written);
    }

    [Fact]
    public async Task Watch_Timeout_EndsInGoodOrder()
    {
        await using var watch = await RawWatch.OpenAsync(gateway, "/apis/federation/v1/clusters?watch=true&timeoutSeconds=1&resourceVersion=" + gateway.Cache.Revision);

        (await watch.EndAsync()).ShouldBeTrue();
    }

    [Fact]
    public async Task Watch_CompactedRevision_IsAnExpiredEvent()
    {
        var old = (await gateway.Client.CreateAsync(ResourceEndpointTests.NewEvent("shop", "w-old"))).Metadata.ResourceVersion;
        await gateway.Client.CreateAsync(ResourceEndpointTests.NewEvent("shop", "w-newer"));
        await gateway.Store.CompactAsync(long.MaxValue, CancellationToken.None);
        // The memory forgets by a restart, the log by the compaction.
        await gateway.RestartAsync();

        await using var watch = await RawWatch.OpenAsync(gateway, "/api/v1/events?watch=true&resourceVersion=" + old);

        var error = await watch.ReadAsync();
        error.GetProperty("type").GetString().ShouldBe("ERROR");
        error.GetProperty("object").GetProperty("code").GetInt32().ShouldBe(410);
        error.GetProperty("object").GetProperty("reason").GetString().ShouldBe(StatusReasons.Expired);
        (await watch.EndAsync()).ShouldBeTrue();
    }

    [Fact]
    public async Task Watch_Table_SendsColumnsOnce()
    {
        await using var watch = await RawWatch.OpenAsync(
            gateway, "/api/v1/namespaces?watch=true&fieldSelector=metadata.name%3Dw-table&resourceVersion=" + gateway.Cache.Revision, "application/json;as=Table;v=v1;g=meta.k8s.io,application/json");
        await gateway.Client.CreateAsync(new Namespace { Metadata = new ObjectMeta { Name = "w-table" } });
        await LabelAsync("w-table", "prod");

        var first = (await watch.ReadAsync()).GetProperty("object");
        var second = (await watch.ReadAsync()).GetProperty("object");

        first.GetProperty("kind").GetString().ShouldBe("Table");
        first.GetProperty("columnDefinitions").GetArrayLength().ShouldBe(3);
        second.GetProperty("columnDefinitions").GetArrayLength().ShouldBe(0);
        second.GetProperty("rows")[0].GetProperty("cells")[0].GetString().ShouldBe("w-table");
    }

    [Fact]
    public async Task Watch_MetadataOnly_SendsNothingElse()
    {
        await using var watch = await RawWatch.OpenAsync(
            gateway, "/api/v1/namespaces?watch=true&allowWatchBookmarks=true&fieldSelector=metadata.name%3Dw-meta&resourceVersion=" + gateway.Cache.Revision,
            "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io,application/json");
        await gateway.Client.CreateAsync(new Namespace { Metadata = new ObjectMeta { Name = "w-meta" } });

        var seen = new HashSet<string>();
        while (!seen.Contains("ADDED") || !seen.Contains("BOOKMARK"))
        {
            var line = await watch.ReadAsync();
            seen.Add(line.GetProperty("type").GetString()!);
            var shown = line.GetProperty("object");
            (shown.GetProperty("kind").GetString(), shown.GetProperty("apiVersion").GetString()).ShouldBe(("PartialObjectMetadata", "meta.k8s.io/v1"));
            shown.EnumerateObject().Count().ShouldBe(3);
        }
    }

    private Task<Namespace> LabelAsync(string name, string tier, string? more = null) => gateway.Client.PatchAsync<Namespace>(
        name, new JsonObject { ["metadata"] = new JsonObject { ["labels"] = new JsonObject { ["tier"] = tier, ["more"] = more } } });
}
