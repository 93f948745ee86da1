using System.Net;
using Federation.Api.Agents;
using Federation.Api.Apps;
using Federation.Api.Clusters;
using Federation.Dns.Answering;
using Federation.Dns.Tests.Support;
using Federation.Dns.Wire;
using Federation.Dns.Zones;
using static Federation.Dns.Tests.Support.PlacedZone;

namespace Federation.Dns.Tests.Zones;

/// <summary>Answers by what agents measured between regions.</summary>
public sealed class LatencyTests
{
    private const string InEu = "198.19.1.1";
    private const string InUs = "198.18.1.1";

    private readonly PlacedZone _zone = new();

    // By geography eu's next is us; the wires say ap.
    public LatencyTests() =>
        Change(new ZoneChange.Listed(
            [],
            [Cluster("us-1", "192.0.2.1"), Cluster("eu-1", "192.0.2.2", ("us", 90), ("ap", 35)), Cluster("ap-1", "192.0.2.3", ("us", 120)), Cluster("sa-1", "192.0.2.4")],
            [])
        {
            Regions = [Region("us", "198.18.0.0/16", "sa"), Region("eu", "198.19.0.0/16", "us sa ap")],
        });

    // Who asks, who has a ready pod, and who is answered.
    [Theory]
    [InlineData(InEu, "us eu ap sa", "192.0.2.2")]
    [InlineData(InEu, "us ap sa", "192.0.2.3")]
    [InlineData(InEu, "us sa", "192.0.2.1")]
    [InlineData(InEu, "sa", "192.0.2.4")]
    [InlineData(InUs, "eu ap sa", "192.0.2.2")]
    [InlineData(InUs, "ap sa", "192.0.2.3")]
    [InlineData("203.0.113.1", "us eu", "192.0.2.1 192.0.2.2")]
    [InlineData(InEu, "", "")]
    public void Latency_Client_GetsTheRegionMeasuredNearestThenByGeography(string client, string serving, string answered)
    {
        Serve(serving);
        Ask(client).ShouldBe(answered.Split(' ', StringSplitOptions.RemoveEmptyEntries), ignoreOrder: true);
    }

    [Fact]
    public void Latency_NewMeasurement_TurnsAnswersOverAndRaisesTheSerial()
    {
        Serve("us ap");
        Ask(InEu).ShouldBe(["192.0.2.3"]);
        var (serial, moved) = (_zone.Serial, 0);
        _zone.Places.Moved += (_, _) => moved++;
        Change(new ZoneChange.ClusterChanged(Cluster("eu-1", "192.0.2.2", ("us", 30), ("ap", 35))));
        Ask(InEu).ShouldBe(["192.0.2.1"]);
        _zone.Serial.ShouldBeGreaterThan(serial);
        moved.ShouldBe(0, "a database of locations is not read again for that");

        Change(new ZoneChange.ClusterRemoved("eu-1"));
        Ask(InEu).ShouldBe(["192.0.2.1"], "nothing is measured any more: geography");
    }

    [Fact]
    public void Geo_Measurements_DoNotCount()
    {
        Change(new ZoneChange.AppChanged(Objects.App("web", "us-1=1 ap-1=1", new DnsSpec { Policy = DnsPolicy.Geo })));
        Ask(InEu).ShouldBe(["192.0.2.1"]);
    }

    [Fact]
    public void Explain_Latency_TellsTheMilliseconds()
    {
        Serve("us ap sa");
        var explanation = Explainer.Explain(DnsName.Parse("web.shop.svc.fed.test."), RecordType.A, _zone.State, _zone.Places, ClientAddress.From(IPAddress.Parse(InEu)));
        explanation.Summary.ShouldContain("The client is in eu, and ap is the nearest region with a healthy address, 35 ms away.");
        explanation.Distances.Select(distance => (distance.Region, distance.Milliseconds)).ShouldBe([("ap", 35), ("us", 90), ("sa", null)]);
        (explanation.Policy, explanation.ScopeBits).ShouldBe(("Latency", 16));
    }

    private static Cluster Cluster(string name, string address, params (string Region, double Milliseconds)[] latencies)
    {
        var cluster = Objects.Cluster(name, address);
        return cluster with { Status = cluster.Status with { Latencies = [.. latencies.Select(latency => new RegionLatency { Region = latency.Region, Milliseconds = latency.Milliseconds })] } };
    }

    private void Serve(string regions)
    {
        var shares = ((string[])["us-1", "eu-1", "ap-1", "sa-1"]).Select(cluster => $"{cluster}={(regions.Split(' ').Contains(cluster[..^2]) ? 1 : 0)}");
        Change(new ZoneChange.AppChanged(Objects.App("web", string.Join(' ', shares), new DnsSpec { Policy = DnsPolicy.Latency })));
    }

    private void Change(params ZoneChange[] changes) => _zone.Change(changes);

    private List<string> Ask(string client) => _zone.Ask("web.shop.svc", "A", client).Addresses;
}
