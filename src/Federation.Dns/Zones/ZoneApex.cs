using System.Collections.Immutable;
using System.Net.Sockets;
using Federation.Dns.Wire;

namespace Federation.Dns.Zones;

/// <summary>What the zone says about itself: its SOA, its name server and that server's addresses.</summary>
internal sealed class ZoneApex
{
    // For secondaries (RFC 1912 section 2.2): look again within minutes, keep serving for two weeks without the primary.
    private const uint Refresh = 300;
    private const uint Retry = 60;
    private const uint Expire = 1_209_600;

    private readonly uint _ttl;
    private readonly uint _negativeTtl;
    private readonly DnsName _mailbox;

    public ZoneApex(ZoneOptions options)
    {
        Name = DnsName.Parse(options.Zone);
        Server = DnsName.Parse("ns").Under(Name);
        _mailbox = DnsName.Parse("hostmaster").Under(Name);
        _ttl = (uint)options.ApexTtl.TotalSeconds;
        _negativeTtl = (uint)options.NegativeTtl.TotalSeconds;
        ServerSets =
        [
            .. options.NameServerAddresses
                .Distinct()
                .GroupBy(address => address.AddressFamily == AddressFamily.InterNetworkV6)
                .OrderBy(family => family.Key)
                .Select(family => RecordSet.Of(_ttl, [.. family.Select(address => new AddressData(address))])),
        ];
    }

    public DnsName Name { get; }

    public DnsName Server { get; }

    public ImmutableArray<RecordSet> ServerSets { get; }

    public ZoneNode NodeFor(uint serial)
    {
        var glue = ServerSets.SelectMany(set => set.Records, (set, data) => (Server, set.Ttl, data)).ToArray();
        return new ZoneNode(
            Name,
            [
                PreparedAnswer.Prepare(Name, RecordSet.Of(_ttl, Authority(serial)), null),
                PreparedAnswer.Prepare(Name, RecordSet.Of(_ttl, new NameServerData(Server)), null, glue),
            ],
            isOwned: true,
            isRegion: false,
            origin: null,
            regional: []);
    }

    public NegativeRecord NegativeFor(uint serial) => new(Name, Authority(serial));

    private StartOfAuthorityData Authority(uint serial) => new(Server, _mailbox, serial, Refresh, Retry, Expire, _negativeTtl);
}
