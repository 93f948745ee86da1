using System.Runtime.CompilerServices;
using Federation.Api.Apps;
using Federation.Api.Clusters;
using Federation.Api.Meta;
using Federation.Api.Regions;
using Federation.Dns.Zones;

namespace Federation.Dns.Bench;

/// <summary>Apps <c>shop/app0</c> … in three clusters, all serving, of different weights; an answer has three addresses. Then changes of one app each, at a given pace.</summary>
internal sealed class BenchZone(int names, BenchPolicy policy, UpdatePace pace) : IZoneSource
{
    public const int Clusters = 3;
    public const int Addresses = 3;

    /// <summary>Of each region's clients.</summary>
    private const int Networks = 10_000;

    public static string Address(int number) => $"192.0.2.{number + 1}";

    public async IAsyncEnumerable<ZoneBatch> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        yield return Listing(names, policy);
        for (var update = 0; ; update++)
        {
            await pace.WaitAsync(cancellationToken);
            yield return Change(names, policy, update);
            pace.Count();
        }
    }

    public static ZoneBatch Listing(int names, BenchPolicy policy)
    {
        var clusters = Enumerable.Range(0, Clusters).Select(i => new Cluster
        {
            Metadata = new ObjectMeta { Name = $"c{i}" },
            Spec = new ClusterSpec { Region = $"r{i}", Addresses = AddressesOf(i, policy) },
            Status = new ClusterStatus { Conditions = [new Condition { Type = ClusterConditions.Ready, Status = ConditionStatus.True }] },
        });
        var regions = Enumerable.Range(0, Clusters).Select(i => new Region { Metadata = new ObjectMeta { Name = $"r{i}" }, Spec = new RegionSpec { ClientNetworks = NetworksOf(i) } });
        var apps = Enumerable.Range(0, names).Select(i => App(i, policy, readyInTheFirst: 1));
        return new ZoneBatch([new ZoneChange.Listed(apps, [.. clusters], []) { Regions = policy == BenchPolicy.GeoWeighted ? [.. regions] : [] }], 1);
    }

    /// <summary>A region's last pod dies, of one app after the other; then they come back.</summary>
    public static ZoneBatch Change(int names, BenchPolicy policy, int update) =>
        new([new ZoneChange.AppChanged(App(Shuffled(update, names), policy, readyInTheFirst: update / names % 2))], update + 2);

    /// <summary>The numbers from 0 up, once each, in an order that no table has.</summary>
    public static int Shuffled(int number, int names) => (int)((long)number * 7919 % names);

    private static App App(int number, BenchPolicy policy, int readyInTheFirst) => new()
    {
        Metadata = new ObjectMeta { Name = $"app{number}", Namespace = "shop" },
        Spec = new AppSpec { Expose = [new ExposeSpec { Port = 80, Dns = DnsOf(number, policy) }] },
        Status = new AppStatus
        {
            Clusters = [.. Enumerable.Range(0, Clusters).Select(i => new ClusterShare { Cluster = $"c{i}", Replicas = i + 1, Ready = i == 0 ? readyInTheFirst : i + 1 })],
        },
    };

    private static DnsSpec DnsOf(int number, BenchPolicy policy) => policy switch
    {
        BenchPolicy.RoundRobin => new DnsSpec { Policy = DnsPolicy.RoundRobin },
        BenchPolicy.GeoWeighted when number % 2 == 0 => new DnsSpec { Policy = DnsPolicy.Geo },
        BenchPolicy.GeoWeighted => new DnsSpec { Policy = DnsPolicy.Weighted, MaxAnswers = Addresses },
        _ => new DnsSpec { Policy = DnsPolicy.Weighted },
    };

    /// <summary>One for each cluster; three where one region alone answers.</summary>
    private static string[] AddressesOf(int cluster, BenchPolicy policy) =>
        policy == BenchPolicy.GeoWeighted ? [.. Enumerable.Range(0, Addresses).Select(i => Address((cluster * Addresses) + i))] : [Address(cluster)];

    /// <summary>The second region has the clients of this machine, too.</summary>
    private static string[] NetworksOf(int region) =>
    [
        .. region == 1 ? ["127.0.0.0/8"] : Array.Empty<string>(),
        .. Enumerable.Range(region * Networks, Networks).Select(i => $"{20 + (i >> 14)}.{(i >> 6) & 0xFF}.{(i & 0x3F) << 2}.0/24"),
    ];
}

/// <summary>What the apps' names go by.</summary>
internal enum BenchPolicy
{
    RoundRobin,
    Weighted,

    /// <summary>Every other name Geo, the others Weighted; 30,000 networks of clients.</summary>
    GeoWeighted,
}
