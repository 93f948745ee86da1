using System.Text;
using Federation.Api.Apps;
using Federation.Api.Json;
using Federation.Api.Meta;
using Federation.Dns.Answering;
using Federation.Dns.Places;
using Federation.Dns.Tests.Support;
using Federation.Dns.Wire;
using Federation.Dns.Zones;

namespace Federation.Dns.Tests.Answering;

public sealed class ExplainerTests
{
    private readonly ZoneState _state = new(DnsName.Parse(ZoneText.Apex), TimeProvider.System);

    public ExplainerTests() => _state.Publish(new ZoneBuilder(ZoneText.Options).Apply(new ZoneBatch(
        [
            new ZoneChange.Listed(
                [
                    Objects.App("web", "us-east-1=3 eu-west-1=1 ap-south-1=1 eu-north-1=0", new DnsSpec { Policy = DnsPolicy.Weighted }),
                    Objects.App("down", "us-east-1=0"),
                ],
                [
                    Objects.Cluster("us-east-1", "192.0.2.1"),
                    Objects.Cluster("eu-west-1", "192.0.2.2"),
                    Objects.Cluster("ap-south-1", "192.0.2.3", ConditionStatus.Unknown),
                    Objects.Cluster("eu-north-1", "192.0.2.4"),
                ],
                []),
        ],
        42)));

    [Fact]
    public void Explain_Answer_SaysWhoIsInWhoIsOutAndWhy()
    {
        var explanation = Explain("Web.shop.svc.fed.test");
        (explanation.ResponseCode, explanation.App, explanation.Policy, explanation.Ttl, explanation.Serial).ShouldBe(("NOERROR", "shop/web", "Weighted", 5u, 42u));
        explanation.Records.Select(record => $"{record.Data} {record.Share:0.00} {string.Join(',', record.Clusters)}")
            .ShouldBe(["192.0.2.2 0.25 eu-west-1", "192.0.2.1 0.75 us-east-1"]);
        explanation.Clusters.Select(cluster => $"{cluster.Cluster} {cluster.IsAnswered} {cluster.Reason}").ShouldBe(
        [
            "ap-south-1 False ClusterNotReady",
            "eu-north-1 False NoReadyPod",
            "eu-west-1 True Serving",
            "us-east-1 True Serving",
        ]);
    }

    [Fact]
    public void Explain_RegionWithoutHealthyAddress_NamesTheFallback()
    {
        var explanation = Explain("web.shop.svc.ap-south.fed.test");
        explanation.AnsweredAs.ShouldBe("web.shop.svc.fed.test.");
        explanation.Summary.ShouldContain("no healthy address");
        explanation.Records.Length.ShouldBe(2);
    }

    [Theory]
    [InlineData("down.shop.svc.fed.test", "A", "NOERROR", "no cluster has a ready pod")]
    [InlineData("web.shop.svc.fed.test", "AAAA", "NOERROR", "no data of this type")]
    [InlineData("shop.svc.fed.test", "A", "NOERROR", "names below it")]
    [InlineData("web.shop.svc.fed.test", "TYPE65", "NOERROR", "no data of this type")]
    [InlineData("nope.shop.svc.fed.test", "A", "NXDOMAIN", "does not exist")]
    [InlineData("example.org", "A", "REFUSED", "not answered here")]
    [InlineData("fed.test", "NS", "NOERROR", "1 of 1 records")]
    public void Explain_NoAddress_SaysWhy(string name, string type, string code, string words)
    {
        RecordTypeText.TryParse(type, out var parsed).ShouldBeTrue();
        var explanation = Explain(name, parsed);
        explanation.Type.ShouldBe(type);
        explanation.ResponseCode.ShouldBe(code);
        explanation.Summary.ShouldContain(words);
    }

    [Theory]
    [InlineData("web.shop.svc.fed.test")]
    [InlineData("nope.shop.svc.fed.test")]
    public void Explain_AsJson_ReadsBack(string name)
    {
        var explanation = Explain(name);
        var json = ApiJson.ToUtf8(explanation);
        Encoding.UTF8.GetString(json).ShouldContain("\"responseCode\":");
        ApiJson.ToUtf8(ApiJson.FromUtf8<AnswerExplanation>(json)).ShouldBe(json);
    }

    private AnswerExplanation Explain(string name, RecordType type = RecordType.A) => Explainer.Explain(DnsName.Parse(name), type, _state, new PlaceState(), client: null);
}
