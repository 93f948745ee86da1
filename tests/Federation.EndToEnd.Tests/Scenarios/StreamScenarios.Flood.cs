using System.Diagnostics;
using System.Globalization;
using Federation.Api.Clusters;
using Federation.Api.Meta;
using Federation.TestKit.Processes;
using Federation.TestKit.Waiting;

namespace Federation.EndToEnd.Tests.Scenarios;

/// <summary>A pod that prints ten thousand lines a second and more, for some seconds.</summary>
public sealed partial class StreamScenarios
{
    private const int FloodLines = 80_000;

    /// <summary>Several times what is on the way in each direction, and what collecting garbage leaves.</summary>
    private const long MostGrowth = 64 << 20;

    private const string FloodManifest = """
        apiVersion: federation/v1
        kind: App
        metadata: { name: flood, namespace: default }
        spec:
          replicas: 1
          placement: { regions: [us-east] }
          template:
            spec:
              terminationGracePeriodSeconds: 1
              containers:
              - name: flood
                image: federation/web:1
                command: [perl, -e]
                args:
                - |
                  $SIG{TERM} = sub { exit }; $| = 1; print "ready\n";
                  select(undef, undef, undef, 0.05) until -e "/tmp/go";
                  $| = 0; $text = "x" x 100;
                  for $i (0 .. 79999) { print "$i $text\n"; if ($i % 250 == 249) { $| = 1; $| = 0; select(undef, undef, undef, 0.012) } }
                  $| = 1; print "the end\n"; sleep 1 while 1;
        """;

    [Fact]
    public async Task Logs_OfAFlood_LoseNoLine_AndAReaderThatStandsStillHoldsUpNobody()
    {
        (await Federation.KubectlApplyAsync(FloodManifest)).ExitCode.ShouldBe(0);
        try
        {
            await Federation.ConvergedAsync("flood", 1);
            var pods = await Federation.PodsAsync();
            var pod = pods.Single(pod => pod.Metadata.Name.StartsWith("flood-", StringComparison.Ordinal)).Metadata.Name;
            await FloodAsync(pod, other: pods.First(pod => pod.Metadata.Name.StartsWith("web-", StringComparison.Ordinal)).Metadata.Name);
        }
        finally
        {
            await Federation.KubectlAsync("delete", "app/flood");
            await Eventually.TrueAsync(async () => (await Federation.PodsAsync()).All(pod => pod.Metadata.Name.StartsWith("web-", StringComparison.Ordinal)), "the flood is over");
        }
    }

    private async Task FloodAsync(string pod, string other)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        await using var reader = FollowedLog.Start(Federation.Kubeconfig, pod);
        await using var still = FollowedLog.Start(Federation.Kubeconfig, pod);
        (await reader.ReadAsync(deadline.Token)).ShouldBe("ready");
        (await still.ReadAsync(deadline.Token)).ShouldBe("ready");
        var lease = await ReadinessAsync();
        var memory = new ResidentMemory(new Dictionary<string, int> { ["agent"] = Federation.Pid("agent-us-east"), ["control plane"] = Federation.Pid("control-plane") });

        (await Federation.KubectlAsync("exec", pod, "--", "touch", "/tmp/go")).ExitCode.ShouldBe(0);
        var began = Stopwatch.GetTimestamp();
        var reading = reader.ReadUntilAsync("the end", deadline.Token);
        // While one reads and the other does not, everything else goes on.
        var others = OthersAsync(pod, other);
        await Eventually.TrueAsync(
            () =>
            {
                memory.Look();
                return reading.IsCompleted;
            },
            "the flood is read", TimeSpan.FromMinutes(2));
        var took = Stopwatch.GetElapsedTime(began);
        var lines = await reading;
        Count(lines).ShouldBe(FloodLines);
        await others;
        (await ReadinessAsync()).ShouldBe(lease, "the lease was never lost");

        // Who goes on reading finds what the engine has kept for him.
        var missing = FloodLines - Count(await still.ReadUntilAsync("the end", deadline.Token));
        memory.Look();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{FloodLines / took.TotalSeconds:0} lines/s; {lines.Count - FloodLines} said again, {missing} lost for who stood still; {memory}"));
        memory.GrowthOf("agent").ShouldBeLessThan(MostGrowth, memory.ToString());
        memory.GrowthOf("control plane").ShouldBeLessThan(MostGrowth, memory.ToString());
    }

    private async Task OthersAsync(string pod, string other)
    {
        var there = await Federation.KubectlAsync("exec", pod, "--", "echo", "here");
        (there.ExitCode, there.Output).ShouldBe((0, "here\n"), there.ToString());
        var logs = await Federation.KubectlAsync("logs", other, "--tail", "1");
        logs.ExitCode.ShouldBe(0, logs.ToString());
    }

    private async Task<Condition?> ReadinessAsync() =>
        (await Federation.Client.GetAsync<Cluster>("us-east")).Status.Conditions.Find(ClusterConditions.Ready) is { } ready ? ready with { Message = "", ObservedGeneration = 0 } : null;

    /// <summary>An engine may say some lines again where it changes from one log file to the next; it leaves none out.</summary>
    private static int Count(IReadOnlyList<string> lines) =>
        lines.Select(line => int.Parse(line.AsSpan(0, line.IndexOf(' ', StringComparison.Ordinal)), CultureInfo.InvariantCulture)).Distinct().Count();
}
