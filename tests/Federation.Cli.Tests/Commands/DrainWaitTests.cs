using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Federation.Api.Apps;
using Federation.Api.Json;
using Federation.Api.Meta;
using Federation.Api.Pods;
using Federation.Cli.Commands;
using Federation.Client;
using Spectre.Console;

namespace Federation.Cli.Tests.Commands;

public sealed class DrainWaitTests
{
    private readonly StringWriter _output = new();

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

    private async Task WaitAsync(TimeSpan? timeout, params Pod[][] looks)
    {
        using var handler = new Gateway(looks);
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

    /// <summary>Answers each list of pods with the next look; the last one stays.</summary>
    private sealed class Gateway(Pod[][] looks) : HttpMessageHandler
    {
        private int _next;

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var path = request.RequestUri!.AbsolutePath;
            var body = path switch
            {
                "/api/v1/pods" => List(request.RequestUri.Query),
                "/apis/federation/v1/namespaces/shop/apps/web" => ApiJson.ToUtf8(new App
                {
                    Metadata = new ObjectMeta { Name = "web", Namespace = "shop" },
                    Status = new AppStatus { Clusters = [new ClusterShare { Cluster = "us", Reason = "CannotMove", Message = "nothing else has room" }] },
                }),
                _ => throw new InvalidOperationException($"Nobody asks for {path}."),
            };
            return Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK) { Content = new ByteArrayContent(body), RequestMessage = request });
        }

        private byte[] List(string query)
        {
            Uri.UnescapeDataString(query).ShouldContain("fieldSelector=spec.nodeName=us.one");
            var pods = looks[Math.Min(_next++, looks.Length - 1)];
            return Encoding.UTF8.GetBytes(new JsonObject
            {
                ["kind"] = "PodList",
                ["apiVersion"] = "v1",
                ["metadata"] = new JsonObject { ["resourceVersion"] = "1" },
                ["items"] = new JsonArray([.. pods.Select(pod => JsonNode.Parse(ApiJson.Write(pod)))]),
            }.ToJsonString());
        }
    }
}
