using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Federation.Api.Apps;
using Federation.Api.Clusters;
using Federation.Api.Json;
using Federation.Api.Meta;
using Federation.Api.Nodes;
using Federation.Api.Pods;
using Federation.Cli.Commands;
using Federation.Client;
using Spectre.Console;

namespace Federation.Cli.Tests.Commands;

public sealed class DrainWaitTests
{
    private static readonly Pod[] Empty = [];

    private readonly StringWriter _output = new();
    private Cluster[] _clusters = [Cluster(ttl: null)];

    [Fact]
    public async Task Run_PodsLeaveOneByOne_SaysEachAndEnds()
    {
        await WaitAsync(null, [Pod("web-1"), Pod("web-2")], [Pod("web-2")], []);

        _output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).ShouldBe(["2 pods to move from us.one", "shop/web-1 moved (1 left)", "shop/web-2 moved (0 left)"]);
    }

    [Fact]
    public async Task Run_OnlyDaemonsAndWhatHasEnded_IsDrained()
    {
        await WaitAsync(null, [Pod("agent-1", "Daemon"), Pod("job-1") with { Status = new PodStatus { Phase = "Succeeded" } }]);

        _output.ToString().ShouldBeEmpty();
    }

    [Fact]
    public async Task Run_TimeIsOver_NamesWhatIsLeftAndWhy()
    {
        var failure = await Should.ThrowAsync<CliException>(WaitAsync(TimeSpan.Zero, [Pod("web-1")]));

        failure.Message.ShouldBe("us.one still runs shop/web-1 after 0s (CannotMove: nothing else has room). The drain goes on; `fed uncordon us.one` ends it.");
    }

    [Fact]
    public async Task Run_DnsAnswersWithItsAddress_WaitsUntilNobodyHoldsOne()
    {
        _clusters = [Cluster(ttl: 0, "192.0.2.1", "192.0.2.2"), Cluster(ttl: 0, "192.0.2.2")];
        await WaitAsync(null, [Pod("web-1")], []);
        _output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).ShouldBe(
            ["1 pod to move from us.one", "shop/web-1 moved (0 left)", "DNS does not answer with 192.0.2.1 any more; resolvers forget it within 1 s"]);
    }

    [Fact]
    public async Task Run_EmptyBeforeResolversForget_TimeIsOver()
    {
        _clusters = [Cluster(ttl: 300, "192.0.2.2")];
        (await Should.ThrowAsync<CliException>(WaitAsync(TimeSpan.Zero, Empty))).Message.ShouldStartWith("us.one may still be in answers that resolvers hold after 0s. The drain goes on");
        _clusters = [Cluster(ttl: 300, "192.0.2.1", "192.0.2.2")];
        (await Should.ThrowAsync<CliException>(WaitAsync(TimeSpan.Zero, Empty))).Message.ShouldStartWith("us.one is still in DNS after 0s.");
    }

    [Fact]
    public async Task Run_NoOtherMachineTakesClients_IsNotWaitedFor()
    {
        _clusters = [Cluster(ttl: 300, "192.0.2.1", "192.0.2.2") with { Spec = new ClusterSpec { Nodes = [new NodeSettings { Name = "two", Unschedulable = true }] } }];
        await WaitAsync(null, Empty);
        _output.ToString().Trim().ShouldBe("DNS goes on answering with 192.0.2.1: no other machine of us takes clients");
    }

    [Fact]
    public async Task Run_NoNameLeadsToTheMachine_IsNotWaitedFor()
    {
        foreach (var cluster in (Cluster[])[Cluster(ttl: null, "192.0.2.1"), Cluster(ttl: 300, "192.0.2.1") with { Spec = new ClusterSpec { Addresses = ["198.51.100.1"] } }])
        {
            _clusters = [cluster];
            await WaitAsync(null, Empty);
            _output.ToString().ShouldBeEmpty();
        }
    }

    private async Task WaitAsync(TimeSpan? timeout, params Pod[][] looks)
    {
        using var handler = new Gateway(looks, _clusters);
        using var client = new FederationClient(new ClientOptions { Server = new Uri("https://gateway") }, TimeProvider.System, handler);
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(_output), Ansi = AnsiSupport.No });
        console.Profile.Width = 200;
        await new DrainWait(client, console, TimeProvider.System).RunAsync("us.one", timeout, CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(30));
    }

    private static Pod Pod(string name, string owner = "App") => new()
    {
        Metadata = new ObjectMeta
        {
            Name = name,
            Namespace = "shop",
            Uid = name,
            OwnerReferences = [new OwnerReference { ApiVersion = "federation/v1", Kind = owner, Name = "web", Uid = "w", Controller = true }],
        },
    };

    private static Cluster Cluster(int? ttl, params string[] addresses) =>
        new() { Metadata = new ObjectMeta { Name = "us" }, Status = new ClusterStatus { LongestTtl = ttl, Addresses = addresses } };

    private static Node Node(string host, string address) => new()
    {
        Metadata = new ObjectMeta { Name = $"us.{host}" },
        Status = new NodeStatus
        {
            Addresses = [new NodeAddress { Type = "InternalIP", Address = address }],
            Conditions = [new Condition { Type = NodeConditions.Ready, Status = ConditionStatus.True, Reason = "Ready", Message = "" }],
        },
    };

    /// <summary>Answers each list of pods, and each question for the cluster, with the next look; the last one stays.</summary>
    private sealed class Gateway(Pod[][] looks, Cluster[] clusters) : HttpMessageHandler
    {
        private static readonly Node[] Nodes = [Node("one", "192.0.2.1"), Node("two", "192.0.2.2")];

        private int _next;
        private int _nextCluster;

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var path = request.RequestUri!.AbsolutePath;
            var body = path switch
            {
                "/api/v1/pods" => Pods(request.RequestUri.Query),
                "/api/v1/nodes" => List("NodeList", Nodes),
                "/api/v1/nodes/us.one" => ApiJson.ToUtf8(Nodes[0]),
                "/apis/federation/v1/clusters/us" => ApiJson.ToUtf8(clusters[Math.Min(_nextCluster++, clusters.Length - 1)]),
                "/apis/federation/v1/namespaces/shop/apps/web" => ApiJson.ToUtf8(new App
                {
                    Metadata = new ObjectMeta { Name = "web", Namespace = "shop" },
                    Status = new AppStatus { Clusters = [new ClusterShare { Cluster = "us", Reason = "CannotMove", Message = "nothing else has room" }] },
                }),
                _ => throw new InvalidOperationException($"Nobody asks for {path}."),
            };
            return Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK) { Content = new ByteArrayContent(body), RequestMessage = request });
        }

        private byte[] Pods(string query)
        {
            Uri.UnescapeDataString(query).ShouldContain("fieldSelector=spec.nodeName=us.one");
            return List("PodList", looks[Math.Min(_next++, looks.Length - 1)]);
        }

        private static byte[] List(string kind, IEnumerable<Resource> items) => Encoding.UTF8.GetBytes(new JsonObject
        {
            ["kind"] = kind,
            ["apiVersion"] = "v1",
            ["metadata"] = new JsonObject { ["resourceVersion"] = "1" },
            ["items"] = new JsonArray([.. items.Select(item => JsonNode.Parse(ApiJson.Write(item)))]),
        }.ToJsonString());
    }
}
