using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Federation.Api.Core;
using Federation.Api.Json;
using Federation.Api.Meta;
using Federation.Api.Pets;
using Federation.Cli.Commands;
using Federation.Client;
using Spectre.Console;

namespace Federation.Cli.Tests.Commands;

public sealed class MoveTests
{
    private const string Path = "/apis/federation/v1/namespaces/shop/petsets/db";
    private static readonly DateTimeOffset Noon = new(2026, 1, 2, 12, 0, 0, TimeSpan.Zero);
    private static readonly PetWord Word = new() { Kind = PetWordKind.Move, Ordinal = 0, Epoch = 3, To = "eu" };
    private static readonly PetStatus Home = new() { Name = "db-0", Cluster = "us", Epoch = 3, Phase = PetPhase.Ready };
    private static readonly PetStatus Carried = Home with
    {
        Phase = PetPhase.Moving,
        Reason = "CarryingVolumes",
        Message = "its volumes are carried from us to eu",
        Release = new PetRelease { FreedAt = Noon },
        Move = new PetMove { To = "eu" },
    };

    private static readonly PetTakeover Receipt = new()
    {
        From = "us",
        To = "eu",
        Epoch = 4,
        By = "jane",
        AskedAt = Noon,
        FreedAt = Noon.AddSeconds(1),
        CopiedAt = Noon.AddSeconds(21),
        Bytes = 1L << 30,
        Digest = "sha256:abc",
        BoundAt = Noon.AddSeconds(21),
        RunningAt = Noon.AddSeconds(22.5),
        ReadyAt = Noon.AddSeconds(23),
    };

    private readonly StringWriter _output = new();

    private string[] Lines => _output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);

    [Fact]
    public async Task Move_NoWait_SaysThatItIsAskedFor()
    {
        using var gateway = new Gateway(Set(Home, Word));

        await RunAsync(gateway, "eu");

        Lines.ShouldBe(["petset/db: db-0 moves from us to eu"]);
        gateway.Asked.ShouldBe([$"POST {Path}/move {{\"ordinal\":0,\"to\":\"eu\"}}"]);
    }

    [Fact]
    public async Task Move_DryRun_OnlyLooks()
    {
        using var gateway = new Gateway(Set(Home));

        await RunAsync(gateway, "eu", isDryRun: true);

        Lines.ShouldBe(["petset/db: db-0 moves from us to eu (dry run)"]);
        gateway.Asked.ShouldBe([$"POST {Path}/move?dryRun=All {{\"ordinal\":0,\"to\":\"eu\"}}"]);
    }

    [Fact]
    public async Task Move_Back_IsSaid()
    {
        using var gateway = new Gateway(Set(Home, Word));

        await RunAsync(gateway, "eu", isBack: true);

        gateway.Asked.ShouldBe([$"POST {Path}/move {{\"ordinal\":0,\"to\":\"eu\",\"back\":true}}"]);
    }

    [Fact]
    public async Task Move_CannotGoThere_SaysWhatTheServerSays()
    {
        using var gateway = new Gateway(Set(Home)) { Refusal = "db-0 cannot move to eu: eu is not Ready" };

        (await Should.ThrowAsync<StatusException>(() => RunAsync(gateway, "eu"))).Message.ShouldContain("eu is not Ready");
    }

    [Fact]
    public async Task Wait_VolumesAreCarried_SaysEachStepAndTheReceipt()
    {
        using var gateway = new Gateway(
            Set(Home, Word),
            Set(Home with { Phase = PetPhase.Releasing, Message = "waiting for us", Release = new PetRelease(), Move = new PetMove { To = "eu" } }, Word),
            Set(Carried, Word),
            Set(Carried with { Move = new PetMove { To = "eu", Bytes = 1 << 20, CountedAt = Noon } }, Word),
            Set(Carried with { Move = new PetMove { To = "eu", Bytes = 7 << 20, CountedAt = Noon.AddSeconds(3) } }, Word),
            Set(Home) with { Status = Status(Home with { Cluster = "eu", Epoch = 4, Phase = PetPhase.Starting }, Receipt with { ReadyAt = null }) },
            Set(Home) with { Status = Status(Home with { Cluster = "eu", Epoch = 4 }, Receipt) });

        await RunAsync(gateway, "eu", isWaiting: true);

        Lines.ShouldBe([
            "petset/db: db-0 moves from us to eu",
            "db-0 is to move to eu",
            "db-0: waiting for us",
            "db-0: its volumes are carried from us to eu",
            "db-0: 1.0 MiB of its volumes are in eu",
            "db-0 starts in eu",
            "db-0 moved from us to eu; its epoch is 4",
            "  asked for         2026-01-02 12:00:00Z  by jane",
            "  stopped           +1.0 s",
            "  volumes copied    +21.0 s     1.0 GiB, 51.2 MiB/s, sha256:abc at both ends",
            "  running           +22.5 s",
            "  ready             +23.0 s",
            "  old ones                      us is asked to delete them",
        ]);
    }

    [Fact]
    public async Task Wait_MoveComesToNothing_EndsWithWhy()
    {
        using var gateway = new Gateway(Set(Carried, Word), Set(Home with { Epoch = 4 })) { Why = "db-0 does not move to eu: the cluster is lost." };

        var failure = await Should.ThrowAsync<CliException>(() => RunAsync(gateway, "eu", isWaiting: true));

        failure.Message.ShouldBe("db-0 did not move to eu: db-0 does not move to eu: the cluster is lost. It is in us (Ready), with epoch 4.");
    }

    [Fact]
    public async Task Wait_Cancelled_UntilItIsHome()
    {
        using var gateway = new Gateway(Set(Carried), Set(Home with { Epoch = 4, Phase = PetPhase.Starting }), Set(Home with { Epoch = 4 }));

        await RunAsync(gateway, null, isWaiting: true);

        gateway.Asked[0].ShouldBe($"POST {Path}/move {{\"ordinal\":0,\"cancel\":true}}");
        Lines.ShouldBe(["petset/db: db-0 stays in us", "db-0: its volumes are carried from us to eu", "db-0 starts in us", "db-0 is ready in us"]);
    }

    private async Task RunAsync(Gateway gateway, string? to, bool isDryRun = false, bool isWaiting = false, bool isBack = false)
    {
        using var client = new FederationClient(new ClientOptions { Server = new Uri("https://gateway"), Namespace = "shop" }, TimeProvider.System, gateway);
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(_output), Ansi = AnsiSupport.No, Interactive = InteractionSupport.No });
        console.Profile.Width = 200;
        var move = new MoveCommand.Move("db-0", "db", 0, to, isBack, Epoch: null, "shop", isDryRun, isWaiting);
        await MoveCommand.RunAsync(client, console, TimeProvider.System, move, CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(60));
    }

    private static PetSet Set(PetStatus pet, params PetWord[] words) => new()
    {
        Metadata = new ObjectMeta { Name = "db", Namespace = "shop" },
        Status = new PetSetStatus { Pets = [pet], Words = words },
    };

    private static PetSetStatus Status(PetStatus pet, PetTakeover takeover) => new() { Pets = [pet], Takeovers = [takeover] };

    /// <summary>Answers each request about the set with the next look; the last one stays.</summary>
    private sealed class Gateway(params PetSet[] looks) : HttpMessageHandler
    {
        private int _next;

        public List<string> Asked { get; } = [];
        public string? Refusal { get; init; }
        public string? Why { get; init; }

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var path = request.RequestUri!.PathAndQuery;
            var body = request.Content is null ? "" : $" {await request.Content.ReadAsStringAsync(cancellationToken)}";
            Asked.Add($"{request.Method} {path}{body}");
            if (Refusal is not null)
                return Answer(HttpStatusCode.Conflict, ApiJson.ToUtf8(new Api.Meta.Status { Code = 409, Reason = StatusReasons.Conflict, Message = Refusal }));
            return Answer(HttpStatusCode.OK, path.StartsWith(Path, StringComparison.Ordinal) ? ApiJson.ToUtf8(looks[Math.Min(_next++, looks.Length - 1)]) : Events());
        }

        private byte[] Events()
        {
            var said = new Event
            {
                Metadata = new ObjectMeta { Name = "e", Namespace = "shop" },
                InvolvedObject = new ObjectReference { Kind = PetSet.KindName, Name = "db", Namespace = "shop" },
                Reason = "MoveGivenUp",
                Message = Why ?? "",
                LastTimestamp = Noon,
            };
            return Encoding.UTF8.GetBytes(new JsonObject
            {
                ["kind"] = "EventList",
                ["apiVersion"] = "v1",
                ["metadata"] = new JsonObject { ["resourceVersion"] = "1" },
                ["items"] = new JsonArray(JsonNode.Parse(ApiJson.Write(said))),
            }.ToJsonString());
        }

        private static HttpResponseMessage Answer(HttpStatusCode code, byte[] body) => new(code) { Content = new ByteArrayContent(body) };
    }
}
