using System.Diagnostics;
using Federation.Api.Agents;
using Federation.Api.Apps;
using Federation.Api.Meta;
using Federation.Api.Pods;
using Federation.Client;
using Federation.TestKit.Waiting;
using Xunit.Abstractions;

namespace Federation.Gateway.Tests.Pods;

/// <summary>Prints how long lists of ten thousand pods take; asserts only that they are complete.</summary>
public sealed class PodListSpeedTests(GatewayHarness gateway, ITestOutputHelper output) : IClassFixture<GatewayHarness>
{
    private const int Pods = 10_000;

    [Fact]
    public async Task List_TenThousandPods_IsComplete()
    {
        using var agent = await gateway.JoinAsync("many");
        await agent.ReportAsync("many", new Report { Session = "s", Sequence = 1, Full = true, Pods = [.. Enumerable.Range(0, Pods).Select(NewPod)] });
        using var http = gateway.Http();
        await Eventually.TrueAsync(
            async () => (await gateway.Client.ListAsync<Pod>(new ListQuery { PageSize = Pods })).Items.Count == Pods, "all pods are listed");

        foreach (var (what, accept) in ((string, string)[])[("JSON", "application/json"), ("Table", "application/json;as=Table;v=v1;g=meta.k8s.io")])
        {
            for (var round = 0; round < 3; round++)
            {
                using var process = Process.GetCurrentProcess();
                var (watch, cpu) = (Stopwatch.StartNew(), process.TotalProcessorTime);
                using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/pods");
                request.Headers.TryAddWithoutValidation("Accept", accept);
                using var answer = await http.SendAsync(request);
                var bytes = (await answer.Content.ReadAsByteArrayAsync()).Length;
                output.WriteLine($"{what}: {Pods} pods, {bytes / 1024} KiB, {watch.Elapsed.TotalMilliseconds:0} ms, {CpuSince(cpu).TotalMilliseconds:0} ms of CPU in client and server");
                bytes.ShouldBeGreaterThan(Pods * 100);
            }
        }
    }

    private static TimeSpan CpuSince(TimeSpan before)
    {
        using var process = Process.GetCurrentProcess();
        return process.TotalProcessorTime - before;
    }

    private static Pod NewPod(int index) => new()
    {
        Metadata = new ObjectMeta
        {
            Name = $"web-{index:00000}",
            Namespace = "default",
            Uid = $"uid-{index}",
            CreationTimestamp = DateTimeOffset.UnixEpoch,
            Labels = new Dictionary<string, string> { ["app"] = "web", ["federation.uid"] = "0b9c1f4e-0000-4000-8000-000000000000", ["federation.template"] = "abcdef0123456789" },
        },
        Spec = new PodSpec { Containers = [new ContainerSpec { Name = "web", Image = "registry.example/web:1.27", Ports = [new ContainerPort { Name = "http", Port = 8080 }] }], NodeName = "node-1" },
        Status = new PodStatus
        {
            Phase = "Running",
            PodIP = "172.17.0.9",
            StartTime = DateTimeOffset.UnixEpoch,
            Conditions = [new Condition { Type = "Ready", Status = ConditionStatus.True, Reason = "Ready" }],
            ContainerStatuses = [new ContainerStatus { Name = "web", Ready = true, Image = "registry.example/web:1.27", ContainerID = "docker://0123456789abcdef0123456789abcdef", State = new ContainerState { Running = new ContainerStateRunning { StartedAt = DateTimeOffset.UnixEpoch } } }],
        },
    };
}
