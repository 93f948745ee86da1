using System.Collections.Concurrent;
using System.Diagnostics;
using Federation.Api.Agents;
using Federation.Api.Apps;
using Federation.Api.Quantities;
using Federation.Client;
using Federation.Client.Agents;
using Federation.TestKit.Local;

namespace Federation.Bench;

/// <summary>From an App's creation at the gateway to its work at the agents of three clusters, one app after the other (idle), for as many apps as asked.</summary>
internal static class WorksBench
{
    private static readonly string[] Clusters = ["bench-a", "bench-b", "bench-c"];

    public static async Task RunAsync(int apps)
    {
        await using var federation = await LocalFederation.UpAsync();
        using var stop = new CancellationTokenSource();
        var arrivals = new ConcurrentDictionary<(string App, string Cluster), long>();
        var agents = new List<Task>();
        foreach (var cluster in Clusters)
            agents.Add(RunAgentAsync(await JoinAsync(federation.Client, cluster, stop.Token), cluster, arrivals, stop.Token));

        Figures acknowledged = new("create App: acknowledged"), first = new("... its work at the first agent"), last = new("... its work at all three agents");
        for (var number = 0; number < apps; number++)
        {
            var name = $"bench-{number}";
            var started = Stopwatch.GetTimestamp();
            await federation.Client.CreateAsync(BenchApp(name));
            acknowledged.Add(Stopwatch.GetElapsedTime(started));
            long[] seen = await Task.WhenAll(Clusters.Select(cluster => ArrivalAsync(arrivals, (name, cluster))));
            first.Add(Stopwatch.GetElapsedTime(started, seen.Min()));
            last.Add(Stopwatch.GetElapsedTime(started, seen.Max()));
        }

        Figures.PrintHeader();
        acknowledged.Print();
        first.Print();
        last.Print();
        await stop.CancelAsync();
        await Task.WhenAll(agents);
    }

    private static App BenchApp(string name) => new()
    {
        Metadata = new() { Name = name, Namespace = "default" },
        Spec = new AppSpec
        {
            Replicas = 3,
            Template = new PodTemplate { Spec = new PodSpec { Containers = [new ContainerSpec { Name = "main", Image = "federation/web:1" }] } },
            Placement = new PlacementSpec { Clusters = new() { MatchLabels = new Dictionary<string, string> { ["bench"] = "true" } } },
        },
    };

    private static async Task<AgentClient> JoinAsync(FederationClient admin, string cluster, CancellationToken cancellationToken)
    {
        using var issuer = new AgentClient(admin.Options);
        var token = await issuer.CreateTokenAsync(new JoinTokenRequest { Cluster = cluster }, cancellationToken);
        using var joiner = new AgentClient(admin.Options with { Token = token.Token });
        var answer = await joiner.JoinAsync(
            new JoinRequest { Cluster = cluster, Region = cluster, Addresses = ["127.0.0.1"], Labels = new Dictionary<string, string> { ["bench"] = "true" } }, cancellationToken);
        var agent = new AgentClient(admin.Options with { Token = answer.Credential });
        await agent.ReportAsync(cluster, Heartbeat(1), cancellationToken);
        return agent;
    }

    /// <summary>An agent that only listens, and keeps its lease.</summary>
    private static async Task RunAgentAsync(AgentClient agent, string cluster, ConcurrentDictionary<(string, string), long> arrivals, CancellationToken cancellationToken)
    {
        using (agent)
            await Task.WhenAll(ListenAsync(agent, cluster, arrivals, cancellationToken), BeatAsync(agent, cluster, cancellationToken));
    }

    private static Report Heartbeat(long sequence) => new()
    {
        Session = "bench",
        Sequence = sequence,
        Full = sequence == 1,
        Inventory = new ClusterInventory
        {
            Nodes = 1,
            Capacity = new Dictionary<string, Quantity> { ["cpu"] = Quantity.FromValue(10_000), ["memory"] = Quantity.Parse("10Ti"), ["pods"] = Quantity.FromValue(1_000_000) },
        },
    };

    private static async Task ListenAsync(AgentClient agent, string cluster, ConcurrentDictionary<(string, string), long> arrivals, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var change in agent.WorksAsync(cluster, since: 0, store: null, cancellationToken: cancellationToken))
            {
                if (change.Work is { } work)
                    arrivals.TryAdd((work.Name, cluster), Stopwatch.GetTimestamp());
            }
        }
        catch (OperationCanceledException)
        {
            // The bench is over.
        }
    }

    private static async Task BeatAsync(AgentClient agent, string cluster, CancellationToken cancellationToken)
    {
        try
        {
            for (var sequence = 2L; ; sequence++)
            {
                await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, cancellationToken);
                var answer = await agent.ReportAsync(cluster, Heartbeat(sequence), cancellationToken);
                if (answer.Resync)
                    sequence = 0;
            }
        }
        catch (OperationCanceledException)
        {
            // The bench is over.
        }
    }

    private static async Task<long> ArrivalAsync(ConcurrentDictionary<(string, string), long> arrivals, (string, string) key)
    {
        long at;
        while (!arrivals.TryGetValue(key, out at))
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
        return at;
    }
}
