using System.Net;
using Federation.Api.Apps;
using Federation.Dns.Signing.Keys;
using Federation.Dns.Tests.Signing;
using Federation.Dns.Tests.Support;
using Federation.Dns.Zones;
using static Federation.Dns.Tests.Support.Objects;

namespace Federation.Dns.Tests.Clients;

/// <summary>A real resolver that passes its clients' networks on (RFC 7871), validates what it gets, and keeps it by the scope that it was told.</summary>
public sealed class ClientSubnetTests : IAsyncLifetime
{
    private const int AuthenticData = 0x20;
    private const int ClientSubnet = 8;
    private const string Name = "web.shop.svc.fed.test";
    private const string PassOn = """
          module-config: "subnetcache validator iterator"
          send-client-subnet: 127.0.0.1
          client-subnet-always-forward: yes
          max-client-subnet-ipv4: 24
        """;

    private readonly string _directory = Directory.CreateTempSubdirectory("keys").FullName;
    private readonly ZoneKey _key = TestKeys.Make("fed.test");
    private LiveServer _server = null!;

    public async Task InitializeAsync()
    {
        KeyDirectory.Write(_directory, _key);
        _server = new LiveServer(options => options.KeysDirectory = _directory);
        await _server.StartAsync();
        await _server.PublishAsync(10, new ZoneChange.Listed(
            [App("web", "us-1=1 eu-1=1", new DnsSpec { Policy = DnsPolicy.Geo, Ttl = 3600 })],
            [Cluster("us-1", "192.0.2.1"), Cluster("eu-1", "192.0.2.2")],
            [])
        {
            Regions = [PlacedZone.Region("us", "198.18.0.0/16", ""), PlacedZone.Region("eu", "198.19.0.0/16", "")],
        });
    }

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task Unbound_PassesClientsNetworksOn_EachGetsItsRegionValidatedAndKeptByScope()
    {
        await using var unbound = await UnboundServer.StartAsync(_server.Endpoint, [_key], PassOn);
        Answer("198.19.1.7").ShouldBe(("192.0.2.2", 16));
        Answer("198.18.1.7").ShouldBe(("192.0.2.1", 16));

        // From here on who is answered from what the resolver keeps sees the old addresses.
        await _server.PublishAsync(11, new ZoneChange.ClusterChanged(Cluster("us-1", "192.0.2.11")), new ZoneChange.ClusterChanged(Cluster("eu-1", "192.0.2.22")));
        Answer("198.19.1.7").ShouldBe(("192.0.2.2", 16), "the same client");
        Answer("198.19.200.9").ShouldBe(("192.0.2.2", 16), "another one within the scope");
        Answer("198.18.200.9").ShouldBe(("192.0.2.1", 16), "and of the other region");
        Answer("203.0.113.9").Addresses.ShouldBe("192.0.2.11 192.0.2.22", "beyond both scopes the server is asked");

        // What is the same for everybody is kept once for all.
        Ask("198.19.1.7", "ns.fed.test").Options[ClientSubnet][6..8].ShouldBe("00");

        (string Addresses, int Scope) Answer(string client)
        {
            var response = Ask(client, Name);
            var addresses = response.Answers.Where(record => record.Contains(" A ", StringComparison.Ordinal) && !record.Contains(" RRSIG ", StringComparison.Ordinal)).Select(record => record.Split(' ')[^1]);
            return (string.Join(' ', addresses.Order(StringComparer.Ordinal)), Convert.FromHexString(response.Options[ClientSubnet])[3]);
        }

        Response Ask(string client, string name)
        {
            var response = unbound.Ask(name, "A", [0, 8, 0, 8, 0, 1, 32, 0, .. IPAddress.Parse(client).GetAddressBytes()]);
            (response.Status, response.Flags2 & AuthenticData).ShouldBe(("NOERROR", AuthenticData), $"{client}: {unbound.Log}");
            response.Options.ShouldContainKey(ClientSubnet, unbound.Log);
            return response;
        }
    }
}
