using System.Net;
using System.Text.Json;
using Federation.Api.Core;
using Federation.Api.Meta;
using Federation.Client;
using Federation.Gateway.Tests.Kubectl;
using Federation.Gateway.Tests.Sources;

namespace Federation.Gateway.Tests.Watching;

/// <summary>Lists and watches of 20,000 objects while they change, over restarts and gateways, checked against the store's log. <c>bench/</c> has 100,000.</summary>
public sealed class AtSizeTests(GatewayHarness gateway) : IClassFixture<GatewayHarness>
{
    private const int Objects = 20_000;
    private const int PageSize = 500;

    [Fact]
    public async Task List_InPagesWhileWritesGoOn_IsTheStateAtItsStart()
    {
        var crowd = await FillAsync("pages");
        await using var second = await SecondGateway.StartAsync(gateway);
        var start = await gateway.Store.ReadSnapshotAsync(ConfigMap.KindName, CancellationToken.None);
        using var stop = new CancellationTokenSource();
        var churn = crowd.ChurnAsync(stop.Token);
        var (items, pages, revision, token) = (new List<string>(), 0, 0L, "");
        do
        {
            // The tokens outlive the gateway's memory, then the cache's, and mean the same elsewhere.
            if (pages == 10)
                await gateway.RestartGatewayAsync();
            if (pages == 20)
                await gateway.RestartAsync();
            var page = await PageAsync("pages", token, pages % 4 == 3 ? second.Client : gateway.Client);
            var metadata = page.GetProperty("metadata");
            items.AddRange(page.GetProperty("items").EnumerateArray().Select(Show));
            revision = pages == 0 ? Revision(metadata) : revision;
            Revision(metadata).ShouldBe(revision);
            var expected = Math.Max(0, (await crowd.StateAsync(start, revision)).Count - items.Count);
            (metadata.TryGetProperty("remainingItemCount", out var rest) ? rest.GetInt32() : 0).ShouldBe(expected);
            token = metadata.TryGetProperty("continue", out var next) ? next.GetString() : null;
            pages++;
        }
        while (token is not null);

        var newest = await gateway.Store.ReadCurrentRevisionAsync(CancellationToken.None);
        await stop.CancelAsync();
        await churn;
        pages.ShouldBeGreaterThanOrEqualTo(Objects / PageSize);
        items.ShouldBe(await crowd.StateAsync(start, revision));
        (await crowd.EventsAsync(revision, newest)).Count.ShouldBeGreaterThan(500, "writes went on meanwhile");
    }

    [Fact]
    public async Task Watch_DroppedRestartedAndMoved_MissesNothingAndRepeatsNothing()
    {
        const int Connections = 12;
        var crowd = await FillAsync("resumed");
        await using var second = await SecondGateway.StartAsync(gateway);
        var first = Revision((await PageAsync("resumed", "", gateway.Client)).GetProperty("metadata"));
        using var stop = new CancellationTokenSource();
        var churn = crowd.ChurnAsync(stop.Token);
        var (seen, last) = (new List<string>(), first);
        for (var connection = 0; connection < Connections; connection++)
        {
            await using (var watch = await RawWatch.OpenAsync(gateway, WatchPath("resumed", last), client: connection % 3 == 2 ? second.Client : gateway.Client))
                last = await ReadAsync(watch, seen, last, count: 400);
            if (connection == 3)
                await gateway.RestartGatewayAsync();
            if (connection == 6)
                await gateway.RestartAsync();
        }

        await stop.CancelAsync();
        await churn;
        var newest = await gateway.Store.ReadCurrentRevisionAsync(CancellationToken.None);
        await using (var watch = await RawWatch.OpenAsync(gateway, WatchPath("resumed", last)))
            await ReadAsync(watch, seen, last, through: newest);

        seen.ShouldBe(await crowd.EventsAsync(first, newest));
        seen.Count.ShouldBeGreaterThan(Connections * 400);
    }

    /// <summary>The gateway itself goes down under the watch: the client sees its stream end, and goes on at the next start.</summary>
    [Fact]
    public async Task Watch_GatewayRestartsUnderIt_EndsAndGoesOn()
    {
        var crowd = await FillAsync("under", 1000);
        var first = Revision((await PageAsync("under", "", gateway.Client)).GetProperty("metadata"));
        using var stop = new CancellationTokenSource();
        var churn = crowd.ChurnAsync(stop.Token);
        var seen = new List<string>();
        long last;
        await using (var watch = await RawWatch.OpenAsync(gateway, WatchPath("under", first)))
        {
            last = await ReadAsync(watch, seen, first, count: 200);
            await gateway.RestartGatewayAsync();
            last = await ReadAsync(watch, seen, last);
        }

        await stop.CancelAsync();
        await churn;
        var newest = await gateway.Store.ReadCurrentRevisionAsync(CancellationToken.None);
        await using (var watch = await RawWatch.OpenAsync(gateway, WatchPath("under", last)))
            await ReadAsync(watch, seen, last, through: newest);

        seen.ShouldBe(await crowd.EventsAsync(first, newest));
    }

    [Fact]
    public async Task Kubectl_ChunksOf500_ListsAllOfThem()
    {
        await FillAsync("chunks");
        using var kubectl = new KubectlRunner(gateway);

        var rows = await kubectl.RunAsync("get", "configmaps", "-n", "chunks", "--chunk-size=500", "--no-headers");

        rows.Split('\n', StringSplitOptions.RemoveEmptyEntries).Distinct().Count().ShouldBe(Objects);
    }

    private async Task<Crowd> FillAsync(string @namespace, int objects = Objects)
    {
        await gateway.Client.CreateAsync(new Namespace { Metadata = new ObjectMeta { Name = @namespace } });
        var crowd = new Crowd(gateway.Store, @namespace);
        await crowd.FillAsync(objects);
        return crowd;
    }

    private static string WatchPath(string @namespace, long revision) => $"/api/v1/namespaces/{@namespace}/configmaps?watch=true&resourceVersion={revision}";

    /// <summary>Reads some events, or those up to a revision, or until the stream ends.</summary>
    /// <returns>Where to resume.</returns>
    private static async Task<long> ReadAsync(RawWatch watch, List<string> seen, long last, int count = int.MaxValue, long through = long.MaxValue)
    {
        for (var read = 0; read < count && last < through; read++)
        {
            JsonElement? line;
            try
            {
                line = await watch.TryReadAsync();
            }
            catch (Exception cut) when (cut is IOException or HttpRequestException)
            {
                return last;
            }

            if (line is not { } entry)
                return last;
            var metadata = entry.GetProperty("object").GetProperty("metadata");
            last = Revision(metadata);
            seen.Add($"{entry.GetProperty("type").GetString()} {metadata.GetProperty("name").GetString()} {last}");
        }

        return last;
    }

    private async Task<JsonElement> PageAsync(string @namespace, string token, FederationClient client)
    {
        var (code, page) = await gateway.SendAsync(
            HttpMethod.Get, $"/api/v1/namespaces/{@namespace}/configmaps?limit={PageSize}{(token.Length > 0 ? $"&continue={token}" : "")}", client: client);
        code.ShouldBe(HttpStatusCode.OK, page.ToString());
        return page;
    }

    private static string Show(JsonElement item) => $"{item.GetProperty("metadata").GetProperty("name").GetString()}@{Revision(item.GetProperty("metadata"))}";

    private static long Revision(JsonElement metadata) => long.Parse(metadata.GetProperty("resourceVersion").GetString()!);
}
