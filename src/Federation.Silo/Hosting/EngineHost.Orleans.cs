using System.Net;
using System.Net.Sockets;
using Federation.Grains.Hosting;
using Npgsql;
using Orleans.Configuration;
using Orleans.Runtime.MembershipService.SiloMetadata;

namespace Federation.Silo.Hosting;

/// <summary>
/// Runs the grains on Orleans. With PostgreSQL, the silos of all processes on one database form a cluster and a process without the
/// role silo is a client of it; without, there is one silo on this machine.
/// </summary>
internal static class EngineHost
{
    private const string ClusterName = "federation";
    private const string Provider = "Npgsql";

    private static readonly IPEndPoint DefaultEndpoint = new(IPAddress.Loopback, 11111);

    public static void UseGrainEngine(this IHostApplicationBuilder builder, SiloOptions options)
    {
        if (options.Postgres is { } connection)
            builder.Services.AddHostedService(_ => new MembershipSchema(connection));
        if (options.Has(SiloRoles.Silo))
            builder.UseOrleans(silo => ConfigureSilo(silo, options));
        else
            builder.UseOrleansClient(client => ConfigureClient(client, options));
    }

    private static void ConfigureSilo(ISiloBuilder silo, SiloOptions options)
    {
        var endpoint = options.Silo ?? DefaultEndpoint;
        silo.AddActivityPropagation();
        silo.UseSiloMetadata(new Dictionary<string, string> { ["region"] = options.SiloRegion, ["zone"] = options.SiloZone });
        silo.Configure<SiloMessagingOptions>(messaging => messaging.ResponseTimeout = TimeSpan.FromSeconds(10));
        if (options.Postgres is not { } connection)
        {
            silo.UseLocalhostClustering(endpoint.Port, endpoint.Port + 1, serviceId: ClusterName, clusterId: ClusterName);
            return;
        }

        silo.Configure<ClusterOptions>(NameCluster);
        silo.ConfigureEndpoints(endpoint.Address, endpoint.Port, endpoint.Port + 1);
        silo.UseAdoNetClustering(clustering => (clustering.Invariant, clustering.ConnectionString) = (Provider, connection));

        // A dead silo is found in about a second instead of ten; one that only paused comes back as a new one, which costs its memory.
        silo.Configure<ClusterMembershipOptions>(membership =>
        {
            membership.ProbeTimeout = TimeSpan.FromSeconds(1);
            membership.NumMissedProbesLimit = 2;
            membership.NumVotesForDeathDeclaration = 1;
            membership.TableRefreshTimeout = TimeSpan.FromSeconds(5);
            membership.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(5);
        });
    }

    private static void ConfigureClient(IClientBuilder client, SiloOptions options)
    {
        client.Services.AddFederationGrainContracts();
        client.AddActivityPropagation();
        client.Configure<ClusterOptions>(NameCluster);
        client.Configure<ClientMessagingOptions>(messaging => messaging.ResponseTimeout = TimeSpan.FromSeconds(3));
        client.UseAdoNetClustering(clustering => (clustering.Invariant, clustering.ConnectionString) = (Provider, options.Postgres));

        // Started before the first silo, or while all are away: it waits for one.
        client.UseConnectionRetryFilter(async (exception, cancellationToken) =>
        {
            await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, cancellationToken);
            return exception is OrleansException or SocketException or NpgsqlException;
        });
    }

    private static void NameCluster(ClusterOptions cluster) => (cluster.ClusterId, cluster.ServiceId) = (ClusterName, ClusterName);
}
