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

    private static Task<ReportAnswer> ReportAsync(Client.Agents.AgentClient agent, long sequence, bool leaving = false) => agent.ReportAsync(
        "word-b", new Report { Session = "s", Sequence = sequence, Full = sequence == 1, Leaving = leaving, Inventory = new ClusterInventory { Nodes = 1 } });

    private Task<PetSet> UntilAsync(Func<PetSet, bool> condition) =>
        Eventually.ReadAsync(() => gateway.Client.GetAsync<PetSet>("db", "default"), condition, "the set is as expected");
}
