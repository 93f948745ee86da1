using System.Net;
using Federation.Api.Json;
using Federation.Api.Meta;
using Federation.Api.Snapshots;
using Federation.Cli.Commands;
using Federation.Client;
using Spectre.Console;

namespace Federation.Cli.Tests.Commands;

public sealed class SnapshotTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 2, 12, 0, 0, TimeSpan.Zero);
    private static readonly PetSnapshotItem Item = new() { Id = "20260102T120000Z-0", Pet = "db-0", Epoch = 3, TakenIn = "us", Cluster = "eu", Node = "m1", TakenAt = Noon, Bytes = 1L << 30 };

    private readonly StringWriter _output = new();

    private string[] Lines => _output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);

    [Fact]
    public void Make_PetsOfOneSet_AreOfOneSnapshotNamedAfterThemAndTheTime()
    {
        var one = SnapshotCommands.Make(["db-0"], "shop", to: "eu", isLive: false, pauseSeconds: 5, name: null, Noon);
        (one.Metadata.Name, one.Spec.PetSet, one.Spec.To, one.Spec.Consistency, one.Spec.PauseSeconds).ShouldBe(("db-0-20260102-120000", "db", "eu", null, 5));
        one.Spec.Ordinals.ShouldBe([0]);

        var two = SnapshotCommands.Make(["db-2", "db-0"], "shop", to: null, isLive: true, pauseSeconds: null, name: "before", Noon);
        (two.Metadata.Name, two.Spec.Consistency).ShouldBe(("before", PetSnapshotConsistency.Live));
        two.Spec.Ordinals.ShouldBe([0, 2]);
    }

    [Theory]
    [InlineData("'db' is no pet", "db")]
    [InlineData("pets of 2 sets", "db-0", "web-0")]
    public void Make_NoPetsOfOneSet_IsRefused(string why, params string[] pets) =>
        Should.Throw<CliException>(() => SnapshotCommands.Make(pets, "shop", null, false, null, null, Noon)).Message.ShouldContain(why);

    [Fact]
    public async Task Wait_UntilItIsStored_SaysEachStepAndWhereItIs()
    {
        using var gateway = new Gateway(
            With(ConditionStatus.False),
            With(ConditionStatus.False, Item with { Phase = PetSnapshotPhase.Waiting, Message = "no machine of eu has a directory for snapshots" }),
            With(ConditionStatus.False, Item with { Phase = PetSnapshotPhase.Taking }),
            With(ConditionStatus.False, Item with { Phase = PetSnapshotPhase.Storing }),
            With(ConditionStatus.True, Item with { Phase = PetSnapshotPhase.Complete }));

        await RunAsync(gateway, isWaiting: true);

        Lines.ShouldBe([
            "petsnapshot/now: db-0 is to be taken",
            "db-0: no machine of eu has a directory for snapshots",
            "db-0: is being taken in us",
            "db-0: was taken in us, and is brought to eu",
            "20260102T120000Z-0 of db-0, epoch 3, taken 2026-01-02 12:00:00Z in us: 1.0 GiB stored in eu on m1",
        ]);
        gateway.Asked[0].ShouldBe("POST /apis/federation/v1/namespaces/shop/petsnapshots");
    }

    [Fact]
    public async Task Wait_ItFails_EndsWithWhy()
    {
        var failed = new Condition { Type = PetSnapshotConditions.Failed, Status = ConditionStatus.True, Message = "1 of 1 copies failed; db-0: it took too long" };
        using var gateway = new Gateway(With(ConditionStatus.False) with { Status = new PetSnapshotStatus { Conditions = [failed] } });

        (await Should.ThrowAsync<CliException>(() => RunAsync(gateway, isWaiting: true))).Message.ShouldBe("petsnapshot/now: 1 of 1 copies failed; db-0: it took too long");
    }

    [Fact]
    public async Task NoWait_OnlyAsks()
    {
        using var gateway = new Gateway(With(ConditionStatus.False));

        await RunAsync(gateway, isWaiting: false);

        gateway.Asked.Count.ShouldBe(1);
        Lines.ShouldBe(["petsnapshot/now: db-0 is to be taken"]);
    }

    private async Task RunAsync(Gateway gateway, bool isWaiting)
    {
        using var client = new FederationClient(new ClientOptions { Server = new Uri("https://gateway"), Namespace = "shop" }, TimeProvider.System, gateway);
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(_output), Ansi = AnsiSupport.No, Interactive = InteractionSupport.No });
        console.Profile.Width = 200;
        var snapshot = SnapshotCommands.Make(["db-0"], "shop", null, false, null, "now", Noon);
        await SnapshotCommands.RunAsync(client, console, TimeProvider.System, snapshot, isWaiting, CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(60));
    }

    private static PetSnapshot With(ConditionStatus complete, params PetSnapshotItem[] items) => new()
    {
        Metadata = new ObjectMeta { Name = "now", Namespace = "shop" },
        Spec = new PetSnapshotSpec { PetSet = "db", Ordinals = [0] },
        Status = new PetSnapshotStatus { Items = items, Conditions = items.Length == 0 ? [] : [new Condition { Type = PetSnapshotConditions.Complete, Status = complete }] },
    };

    /// <summary>Answers each request with the next look; the last one stays.</summary>
    private sealed class Gateway(params PetSnapshot[] looks) : HttpMessageHandler
    {
        private int _next;

        public List<string> Asked { get; } = [];

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Asked.Add($"{request.Method} {request.RequestUri!.PathAndQuery}");
            return Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK) { Content = new ByteArrayContent(ApiJson.ToUtf8(looks[Math.Min(_next++, looks.Length - 1)])) });
        }
    }
}
