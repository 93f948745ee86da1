using System.Text.Json.Nodes;
using Federation.Api.Core;
using Federation.Api.Meta;
using Federation.Gateway.Tests.Sources;
using Federation.Storage.Cache;
using Federation.TestKit.Processes;
using Federation.TestKit.Waiting;

namespace Federation.Gateway.Tests.Watching;

/// <summary>Watches that cannot go on: too slow, or cut off by what the log has forgotten.</summary>
public sealed class ExpiredWatchTests(GatewayHarness gateway) : IClassFixture<GatewayHarness>
{
    [Fact]
    public async Task Watch_ThatDoesNotRead_IsCutOffWhileOthersGoOn()
    {
        const int Changes = 400;
        const int AtOnce = 25;
        await using var second = await SecondGateway.StartAsync(gateway, new ObjectCacheOptions { RingEvents = 2 * AtOnce });
        await gateway.Client.CreateAsync(new Namespace { Metadata = new ObjectMeta { Name = "slow" } });
        var path = "/api/v1/namespaces/slow/configmaps?watch=true&resourceVersion=" + await gateway.Store.ReadCurrentRevisionAsync(CancellationToken.None);
        await using var slow = await RawWatch.OpenAsync(gateway, path, client: second.Client);
        await using var other = await RawWatch.OpenAsync(gateway, path, client: second.Client);

        // More than all buffers on the way hold, and the slow one reads nothing of it.
        var text = new string('x', 64 * 1024);
        var seen = new List<string>();
        for (var written = 0; written < Changes; written += AtOnce)
        {
            await Task.WhenAll(Enumerable.Range(written, AtOnce).Select(index => gateway.StoreAsync(NewConfigMap($"big-{index:0000}", text))));
            for (var index = 0; index < AtOnce; index++)
            {
                var (type, name, _, _) = await other.NextAsync();
                type.ShouldBe("ADDED");
                seen.Add(name);
            }
        }

        seen.Distinct().Count().ShouldBe(Changes);
        var read = 0;
        while (await slow.TryReadAsync() is { } line)
        {
            if (line.GetProperty("type").GetString() == "ERROR")
            {
                line.GetProperty("object").GetProperty("code").GetInt32().ShouldBe(410);
                (await slow.EndAsync()).ShouldBeTrue();
                read.ShouldBeLessThan(Changes);
                return;
            }

            line.GetProperty("object").GetProperty("metadata").GetProperty("name").GetString().ShouldBe(seen[read++]);
        }

        Assert.Fail($"The slow watch ended after {read} events without an error.");
    }

    [Fact]
    public async Task KubectlWait_WatchExpires_ListsAgainAndGoesOn()
    {
        await using var second = await SecondGateway.StartAsync(gateway);
        await gateway.Client.CreateAsync(new Namespace { Metadata = new ObjectMeta { Name = "expired" } });
        var waiting = Command.RunAsync(
            "kubectl", ["--kubeconfig", second.KubeConfigPath, "wait", "--for=jsonpath={.metadata.labels.done}=yes", "namespace/expired", "--timeout=60s", "-v=4"]);
        await Eventually.TrueAsync(() => waiting.IsCompleted || second.WatchesBegun > 0, "kubectl watches");

        await ForgetAsync(second, () => gateway.Client.PatchAsync<Namespace>("expired", JsonNode.Parse("""{"metadata":{"labels":{"done":"yes"}}}""")!.AsObject()));

        var result = await waiting;
        result.ToString().ShouldSatisfyAllConditions(
            _ => result.ExitCode.ShouldBe(0),
            _ => result.Output.ShouldContain("condition met"),
            all => all.ShouldContain("closed with: The provided resource version is too old"));
    }

    /// <summary>kubectl's own <c>get -w</c> does not begin again: it says why it ends, and the next one works.</summary>
    [Fact]
    public async Task KubectlGetWatch_WatchExpires_EndsWithTheReasonAndTheNextOneWorks()
    {
        await using var second = await SecondGateway.StartAsync(gateway);
        await gateway.Client.CreateAsync(new Namespace { Metadata = new ObjectMeta { Name = "expired-get" } });
        var watching = GetWatchAsync("60s");
        await Eventually.TrueAsync(() => watching.IsCompleted || second.WatchesBegun > 0, "kubectl watches");

        await ForgetAsync(second, () => LabelAsync("first"));
        var ended = await watching;
        var begun = second.WatchesBegun;
        var again = GetWatchAsync("5s");
        await Eventually.TrueAsync(() => again.IsCompleted || second.WatchesBegun > begun, "kubectl watches again");
        await LabelAsync("second");

        ended.ToString().ShouldContain("too old");
        var output = (await again).Output;
        output.ShouldContain("done=first");
        output.ShouldContain("done=second");

        Task<CommandResult> GetWatchAsync(string timeout) => Command.RunAsync(
            "kubectl", ["--kubeconfig", second.KubeConfigPath, "get", "namespace", "expired-get", "--show-labels", "--no-headers", "-w", $"--request-timeout={timeout}"]);

        Task LabelAsync(string value) => gateway.Client.PatchAsync<Namespace>(
            "expired-get", new JsonObject { ["metadata"] = new JsonObject { ["labels"] = new JsonObject { ["done"] = value } } });
    }

    /// <summary>Something is written that the second gateway never gets to read: the log has forgotten it by then.</summary>
    private async Task ForgetAsync(SecondGateway second, Func<Task> write)
    {
        second.Store.Hold();
        await write();
        await gateway.Store.CompactAsync(long.MaxValue, CancellationToken.None);
        second.Store.Release();
    }

    private static ConfigMap NewConfigMap(string name, string text) => new()
    {
        Metadata = new ObjectMeta { Name = name, Namespace = "slow", Uid = $"uid-{name}", CreationTimestamp = DateTimeOffset.UnixEpoch },
        Data = new Dictionary<string, string> { ["text"] = text },
    };
}
