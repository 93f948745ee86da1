using System.Net;
using Federation.Api.Agents;
using Federation.Api.Apps;
using Federation.Api.Core;
using Federation.Api.Meta;
using Federation.Api.Pets;
using Federation.Client;
using Federation.TestKit.Waiting;

namespace Federation.Gateway.Tests.Pets;

public sealed class PetWordTests(GatewayHarness gateway) : IClassFixture<GatewayHarness>
{
    [Theory]
    [InlineData("""{}""", "ordinal")]
    [InlineData("""{"ordinal":-1}""", "ordinal")]
    [InlineData("""{"ordinal":"0"}""", "ordinal")]
    [InlineData("""{"ordinal":0,"epoch":0}""", "epoch")]
    [InlineData("""{"ordinal":0,"force":true}""", "force")]
    public async Task Say_WrongBody_RefusedByItsPath(string body, string field)
    {
        var (code, answer) = await gateway.SendAsync(HttpMethod.Post, Path("any", "fence"), body);

        code.ShouldBe(HttpStatusCode.UnprocessableEntity);
        answer.GetProperty("details").GetProperty("causes").EnumerateArray().ShouldHaveSingleItem().GetProperty("field").GetString().ShouldBe(field);
    }

    [Theory]
    [InlineData("""{"ordinal":0}""", "to")]
    [InlineData("""{"ordinal":0,"to":""}""", "to")]
    [InlineData("""{"ordinal":0,"to":7}""", "to")]
    [InlineData("""{"ordinal":0,"cancel":"yes","to":"a"}""", "cancel")]
    [InlineData("""{"ordinal":0,"cancel":true,"to":"a"}""", "to")]
    [InlineData("""{"ordinal":0,"cancel":true,"back":true}""", "back")]
    [InlineData("""{"ordinal":0,"to":"a","back":1}""", "back")]
    [InlineData("""{"ordinal":0,"to":"a","node":"n"}""", "node")]
    public async Task Move_WrongBody_RefusedByItsPath(string body, string field)
    {
        var (code, answer) = await gateway.SendAsync(HttpMethod.Post, Path("any", "move"), body);

        code.ShouldBe(HttpStatusCode.UnprocessableEntity);
        answer.GetProperty("details").GetProperty("causes").EnumerateArray().ShouldHaveSingleItem().GetProperty("field").GetString().ShouldBe(field);
    }

    [Fact]
    public async Task Move_PetOfTheRegion_StandsThereAndIsTakenBack()
    {
        using var agent = await gateway.JoinAsync("word-c", region: "word-c");
        await ReportAsync(agent, 1, cluster: "word-c");
        await gateway.Client.CreateAsync(new PetSet
        {
            Metadata = new ObjectMeta { Name = "mv", Namespace = "default" },
            Spec = new PetSetSpec
            {
                Placement = new PetPlacement { Regions = ["word-c", "word-d"] },
                Template = new PodTemplate { Spec = new PodSpec { Containers = [new ContainerSpec { Name = "db", Image = "etcd:3" }] } },
            },
        });
        await UntilAsync(set => set.Status.Pets is [{ Cluster: not null }], "mv");
        using var other = await gateway.JoinAsync("word-d", region: "word-d");
        await ReportAsync(other, 1, cluster: "word-d");
        await Eventually.ReadAsync(() => gateway.Client.MoveAsync("mv", 0, "word-d", @namespace: "default", dryRun: true).ContinueWith(task => task.IsCompletedSuccessfully), can => can, "it can move");

        (await Should.ThrowAsync<StatusException>(() => gateway.Client.MoveAsync("mv", 0, "none", @namespace: "default"))).Message.ShouldContain("there is no cluster none");
        (await Should.ThrowAsync<StatusException>(() => gateway.Client.CancelMoveAsync("mv", 0, @namespace: "default"))).IsConflict.ShouldBeTrue();
        (await gateway.Client.GetAsync<PetSet>("mv", "default")).Status.Words.ShouldBeEmpty();
        (await gateway.Client.MoveAsync("mv", 0, "word-d", @namespace: "default")).Status.Words.ShouldHaveSingleItem().By.ShouldBe("admin");
        await UntilAsync(set => set.Status.Pets is [{ Move: { To: "word-d", AskedAt: not null } }], "mv");
        await gateway.Client.CancelMoveAsync("mv", 0, @namespace: "default");
        await UntilAsync(set => set.Status.Pets is [{ Move: null }] && set.Status.Words.Count == 0, "mv");
    }

    [Fact]
    public async Task Say_NotAllowed_Refused()
    {
        using var agent = await gateway.JoinAsync("word-a");

        (await gateway.SendAsync(HttpMethod.Post, Path("none", "fence"), """{"ordinal":0}""")).Code.ShouldBe(HttpStatusCode.NotFound);
        (await gateway.SendAsync(HttpMethod.Get, Path("none", "fence"))).Code.ShouldBe(HttpStatusCode.MethodNotAllowed);
        (await gateway.SendAsync(HttpMethod.Post, Path("none", "release"), """{"ordinal":0}""", token: agent.Options.Token)).Code.ShouldBe(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task Say_PetOfARegionThatLeft_StandsThereWithWhoSaidIt()
    {
        using var agent = await gateway.JoinAsync("word-b", region: "word-b");
        await ReportAsync(agent, 1);
        // Kept: only a person can say that it is dead.
        await gateway.Client.CreateAsync(new PetSet
        {
            Metadata = new ObjectMeta { Name = "db", Namespace = "default" },
            Spec = new PetSetSpec
            {
                PartitionPolicy = PartitionPolicy.Keep,
                Placement = new PetPlacement { Regions = ["word-b"] },
                Template = new PodTemplate { Spec = new PodSpec { Containers = [new ContainerSpec { Name = "db", Image = "etcd:3" }] } },
            },
        });
        var pet = (await UntilAsync(set => set.Status.Pets is [{ Cluster: not null }])).Status.Pets.Single();
        await ReportAsync(agent, 2, leaving: true);

        (await gateway.SendAsync(HttpMethod.Post, Path("db", "release") + "?dryRun=All", """{"ordinal":0}""")).Code.ShouldBe(HttpStatusCode.OK);
        (await gateway.Client.GetAsync<PetSet>("db", "default")).Status.Words.ShouldBeEmpty();
        (await Should.ThrowAsync<StatusException>(() => gateway.Client.FenceAsync("db", 0, pet.Epoch + 1, "default"))).IsConflict.ShouldBeTrue("it is about another epoch");
        (await gateway.Client.FenceAsync("db", 0, pet.Epoch, "default")).Kind.ShouldBe(PetSet.KindName);

        var said = await Eventually.ReadAsync(
            async () => (await gateway.Client.ListAsync<Event>()).Items.FirstOrDefault(@event => @event.Reason == "SaidDead"), found => found is not null, "it is written down");
        said!.Message.ShouldStartWith($"admin vouches for it that db-0, epoch {pet.Epoch}");
        said.InvolvedObject.Name.ShouldBe("db");
    }

    private static string Path(string set, string word) => $"/apis/federation/v1/namespaces/default/petsets/{set}/{word}";

    private static Task<ReportAnswer> ReportAsync(Client.Agents.AgentClient agent, long sequence, bool leaving = false, string cluster = "word-b") => agent.ReportAsync(
        cluster, new Report { Session = "s", Sequence = sequence, Full = sequence == 1, Leaving = leaving, Inventory = new ClusterInventory { Nodes = 1 } });

    private Task<PetSet> UntilAsync(Func<PetSet, bool> condition, string name = "db") =>
        Eventually.ReadAsync(() => gateway.Client.GetAsync<PetSet>(name, "default"), condition, "the set is as expected");
}
