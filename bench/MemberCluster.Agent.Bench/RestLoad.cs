using System.Diagnostics;
using System.Globalization;
using Federation.TestKit.Machines;

namespace MemberCluster.Agent.Bench;

/// <summary>What the processes of a region cost at rest: one machine with a real engine, many pods with probes, agents and control plane as processes of their own.</summary>
internal sealed class RestLoad(int pods, TimeSpan rest)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    /// <summary>Past the eager first seconds of the probes.</summary>
    private static readonly TimeSpan Eager = TimeSpan.FromSeconds(30);

    private string Manifest => $$"""
        apiVersion: federation/v1
        kind: App
        metadata: { name: web, namespace: default }
        spec:
          replicas: {{pods}}
          template:
            spec:
              terminationGracePeriodSeconds: 1
              containers:
              - name: web
                image: federation/web:1
                ports: [{ name: http, containerPort: 8080 }]
                resources: { requests: { cpu: 1m, memory: 1Mi } }
                readinessProbe: { tcpSocket: { port: http }, periodSeconds: 10 }
                livenessProbe: { tcpSocket: { port: http }, periodSeconds: 10 }
        """;

    public async Task RunAsync()
    {
        await using var region = await MachineRegion.UpAsync(machines: 1);
        (string Name, int Id)[] processes = [("node agent", region.Machines[0].Agent!.Id), ("cluster agent", region.ClusterAgent.Id)];
        Console.WriteLine($"| process | at rest with | % of one processor | resident, MiB | of it not shared with other .NET programs |\n|---|---|---|---|---|");
        await MeasureAsync(processes, "no pods");
        await region.ApplyAsync(Manifest);
        await region.ConvergedAsync("web", pods, Patience);
        await MeasureAsync(processes, $"{pods} pods");
    }

    private async Task MeasureAsync((string Name, int Id)[] processes, string what)
    {
        await Task.Delay(Eager, TimeProvider.System);
        var before = processes.Select(process => ProcessorTime(process.Id)).ToList();
        await Task.Delay(rest, TimeProvider.System);
        foreach (var ((name, id), used) in processes.Zip(before))
            Console.WriteLine($"| {name} | {what} | {(ProcessorTime(id) - used) / rest * 100:0.00} | {Memory(id, "VmRSS:")} | {Memory(id, "VmRSS:") - Memory(id, "RssFile:")} |");
    }

    private static TimeSpan ProcessorTime(int id)
    {
        using var process = Process.GetProcessById(id);
        return process.TotalProcessorTime;
    }

    /// <summary>In MiB.</summary>
    private static long Memory(int id, string what) => long.Parse(
        File.ReadLines($"/proc/{id}/status").First(line => line.StartsWith(what, StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
}
