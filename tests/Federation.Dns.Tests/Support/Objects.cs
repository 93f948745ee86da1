using Federation.Api;
using Federation.Api.Apps;
using Federation.Api.Clusters;
using Federation.Api.Meta;

namespace Federation.Dns.Tests.Support;

/// <summary>Makes apps and clusters in one line each.</summary>
internal static class Objects
{
    /// <summary>A cluster <c>name</c> in the region before the last dash of its name; Ready unless said otherwise.</summary>
    public static Cluster Cluster(string name, string address, ConditionStatus ready = ConditionStatus.True, string? region = null) => new()
    {
        Metadata = new ObjectMeta { Name = name },
        Spec = new ClusterSpec { Region = region ?? name[..name.LastIndexOf('-')], Addresses = address.Split(' ', StringSplitOptions.RemoveEmptyEntries) },
        Status = new ClusterStatus { Conditions = [new Condition { Type = ClusterConditions.Ready, Status = ready }] },
    };

    /// <summary>App <c>shop/name</c> on port 80, with shares written <c>cluster=ready</c>.</summary>
    public static App App(string name, string shares, DnsSpec? dns = null) => new()
    {
        Metadata = new ObjectMeta { Name = name, Namespace = "shop" },
        Spec = new AppSpec { Expose = [new ExposeSpec { Name = "http", Port = 80, Dns = dns }] },
        Status = new AppStatus
        {
            Clusters =
            [
                .. shares.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(share => share.Split('=')).Select(share => new ClusterShare
                {
                    Cluster = share[0],
                    Phase = SharePhase.Active,
                    Replicas = 2,
                    Ready = int.Parse(share[1]),
                }),
            ],
        },
    };

    public static ObjectKey Key(string app) => new(Api.Apps.App.KindName, "shop", app);
}
