using System.Runtime.CompilerServices;
using Federation.Api.Apps;
using Federation.Api.Clusters;
using Federation.Api.Meta;
using Federation.Dns.Zones;

namespace Federation.Dns.Bench;

/// <summary>Apps <c>shop/app0</c> … with three clusters each, all serving, of different weights.</summary>
internal sealed class BenchZone(int names, DnsPolicy policy) : IZoneSource
{
    public const int Clusters = 3;

    public static string Address(int cluster) => $"192.0.2.{cluster + 1}";

    public async IAsyncEnumerable<ZoneBatch> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        yield return Listing(names, policy);
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
    }

    public static ZoneBatch Listing(int names, DnsPolicy policy)
    {
        var clusters = Enumerable.Range(0, Clusters).Select(i => new Cluster
        {
            Metadata = new ObjectMeta { Name = $"c{i}" },
            Spec = new ClusterSpec { Region = $"r{i}", Addresses = [Address(i)] },
            Status = new ClusterStatus { Conditions = [new Condition { Type = ClusterConditions.Ready, Status = ConditionStatus.True }] },
        });
        var apps = Enumerable.Range(0, names).Select(i => App(i, policy, readyInTheFirst: 1));
        return new ZoneBatch([new ZoneChange.Listed([.. apps], [.. clusters], [])], 1);
    }

    public static App App(int number, DnsPolicy policy, int readyInTheFirst) => new()
    {
        Metadata = new ObjectMeta { Name = $"app{number}", Namespace = "shop" },
        Spec = new AppSpec { Expose = [new ExposeSpec { Port = 80, Dns = new DnsSpec { Policy = policy } }] },
        Status = new AppStatus
        {
            Clusters = [.. Enumerable.Range(0, Clusters).Select(i => new ClusterShare { Cluster = $"c{i}", Replicas = i + 1, Ready = i == 0 ? readyInTheFirst : i + 1 })],
        },
    };
}
