using System.Collections.Immutable;
using System.Net.Sockets;
using Federation.Dns.Wire;
using Federation.Dns.Zones.Static;

namespace Federation.Dns.Zones;

/// <summary>What a zone says about itself: its SOA, its name servers and their addresses, and what a Zone object has at its top.</summary>
internal sealed class ZoneApex
{
    // For secondaries (RFC 1912 section 2.2): look again within minutes, keep serving for two weeks without the primary.
    private const uint Refresh = 300;
    private const uint Retry = 60;
    private const uint Expire = 1_209_600;

    private readonly string? _object;
    private readonly uint _soaTtl;
    private readonly StartOfAuthorityData _authority;
    private readonly RecordSet _servers;
    private readonly (DnsName, uint, RecordData)[] _glue;
    private readonly IReadOnlyList<RecordSet> _others;

    /// <summary>The federation's own zone.</summary>
    public ZoneApex(ZoneOptions options)
        : this(options, DnsName.Parse(options.Zone), null)
    {
    }

    /// <param name="options">The federation's: its server also serves the other zones, and its TTLs count where a zone says none.</param>
    /// <param name="name">Of the zone.</param>
    /// <param name="records">The Zone object's; null: there is none.</param>
    public ZoneApex(ZoneOptions options, DnsName name, StaticZone? records)
    {
        var main = DnsName.Parse(options.Zone);
        var ttl = (uint)options.ApexTtl.TotalSeconds;
        Name = name;
        _object = records?.Object;
        IsMain = name.Equals(main);
        Server = DnsName.Parse("ns").Under(main);
        ServerSets =
        [
            .. options.NameServerAddresses
                .Distinct()
                .GroupBy(address => address.AddressFamily == AddressFamily.InterNetworkV6)
                .OrderBy(family => family.Key)
                .Select(family => RecordSet.Of(ttl, [.. family.Select(address => new AddressData(address))])),
        ];

        _servers = records?.NameServers ?? RecordSet.Of(ttl, new NameServerData(Server));
        _authority = (records?.Authority?.Records[0] as StartOfAuthorityData)
            ?? new StartOfAuthorityData(((NameServerData)_servers.Records[0]).Host, DnsName.Parse("hostmaster").Under(main), 0, Refresh, Retry, Expire, (uint)options.NegativeTtl.TotalSeconds);
        _soaTtl = records?.Authority?.Ttl ?? ttl;
        _others = records?.ApexSets ?? [];
        IEnumerable<(DnsName, uint, RecordData)> own = IsMain ? ServerSets.SelectMany(set => set.Records, (set, data) => (Server, set.Ttl, data)) : [];
        _glue = [.. own.Concat(records?.AddressesOf(_servers) ?? []).Where(record => IsServer(record.Item1))];
    }

    public DnsName Name { get; }

    /// <summary>The zone of the federation's own names, its name server's among them.</summary>
    public bool IsMain { get; }

    /// <summary>The federation's name server.</summary>
    public DnsName Server { get; }

    public ImmutableArray<RecordSet> ServerSets { get; }

    /// <summary>The records at the top, those of apps aside; the SOA first.</summary>
    public PreparedAnswer[] AnswersFor(uint serial) =>
    [
        PreparedAnswer.Prepare(Name, RecordSet.Of(_soaTtl, _authority with { Serial = serial }), null),
        PreparedAnswer.Prepare(Name, _servers, null, _glue),
        .. _others.Select(set => PreparedAnswer.Prepare(Name, set, null)),
    ];

    /// <summary>The top with what apps say there: their addresses come first, everything else stays, also for clients whom another answers.</summary>
    /// <param name="answers">See <see cref="AnswersFor"/>.</param>
    /// <param name="apps">The top as apps have it; null: none has it.</param>
    public ZoneNode Merge(PreparedAnswer[] answers, ZoneNode? apps)
    {
        if (apps is null)
            return new ZoneNode(Name, answers) { IsPlanned = true };
        var served = answers.Where(answer => apps.Find(answer.Type) is null).ToList();
        PreparedAnswer[] Beside(ZoneNode node) => [.. served.Where(answer => node.Find(answer.Type) is null), .. node.Answers];
        var leftOut = answers.Select(answer => answer.Type).Where(type => apps.Find(type) is not null).ToList();
        return apps.WithStatic(
            Beside(apps),
            [.. apps.Next.Select(next => next.WithStatic(Beside(next), [], isStatic: false))],
            isStatic: false,
            leftOut: leftOut.Count == 0 ? null : $"Zone {_object} has {string.Join(", ", leftOut.Select(type => type.ToMnemonic()))} here, not served: an app has the name, and its records come first.");
    }

    /// <summary>The SOA of denials, whose TTL is how long they may be remembered (RFC 2308 section 3).</summary>
    public RecordBlock NegativeFor(uint serial) => new(Name, [(Name, Math.Min(_soaTtl, _authority.Minimum), _authority with { Serial = serial })]);

    private bool IsServer(DnsName host) => _servers.Records.Any(server => ((NameServerData)server).Host.Equals(host));
}
