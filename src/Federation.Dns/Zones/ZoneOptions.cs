using System.Net;

namespace Federation.Dns.Zones;

/// <summary>What the zone is called and what it says about itself.</summary>
public sealed class ZoneOptions
{
    /// <summary>The apex.</summary>
    /// <value>Default: <c>fed.test.</c></value>
    public string Zone { get; set; } = "fed.test.";

    /// <summary>The addresses of this zone's name servers: the A and AAAA records of <c>ns.&lt;zone&gt;</c>, which is its NS and the primary server of its SOA.</summary>
    /// <value>Default: none; the host then fills in the addresses it listens on.</value>
    public IList<IPAddress> NameServerAddresses { get; } = [];

    /// <summary>How long a resolver may remember that a name or a type does not exist: the SOA's minimum (RFC 2308 section 4).</summary>
    /// <value>Default: 5 s, as short as the TTL of an app's addresses, for an app without a ready pod has none.</value>
    public TimeSpan NegativeTtl { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>TTL of the apex's own records (SOA, NS) and of the name server's addresses.</summary>
    /// <value>Default: 300 s.</value>
    public TimeSpan ApexTtl { get; set; } = TimeSpan.FromSeconds(300);

    /// <summary>At most this many addresses in one answer; every address has its turn. 0: no limit.</summary>
    /// <value>Default: 8, which keeps an answer within the 512 bytes of plain UDP.</value>
    public int MaxAddresses { get; set; } = 8;
}
