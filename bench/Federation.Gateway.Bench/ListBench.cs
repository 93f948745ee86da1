using System.Diagnostics;
using System.Text.Json;
using Federation.Api.Agents;
using Federation.Api.Apps;
using Federation.Api.Meta;
using Federation.Api.Pods;
using Federation.Client.Agents;

namespace Federation.Gateway.Bench;

/// <summary>Lists: 10,000 pods, and very many ConfigMaps at once, in pages while writes go on, and by selector.</summary>
internal static class ListBench
{
    private const int Pods = 10_000;
    private const int Namespaces = 100;
    private const string Table = "application/json;as=Table;v=v1;g=meta.k8s.io";
    private const string Metadata = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io";

    public static async Task RunAsync(int objects)
    {
        await using var controlPlane = await ControlPlaneProcess.StartAsync();
        using var http = controlPlane.Connect();
        await ReportPodsAsync(controlPlane, http);
        Console.WriteLine("| list | MiB | p50 ms | p99 ms | gateway's CPU ms |\n|---|---:|---:|---:|---:|");
        await MeasureAsync(controlPlane, http, "10,000 pods, JSON", "/api/v1/pods", "application/json", rounds: 20);
        await MeasureAsync(controlPlane, http, "10,000 pods, Table", "/api/v1/pods", Table, rounds: 20);
        await MeasureAsync(controlPlane, http, "10,000 pods, metadata", "/api/v1/pods", Metadata, rounds: 20);
        using var load = new WriteLoad(controlPlane, Namespaces, objects);
        var watch = Stopwatch.StartNew();
        await load.CreateAsync();
        Console.WriteLine($"| ({objects:N0} ConfigMaps created in {watch.Elapsed.TotalSeconds:0} s; gateway and silo: {controlPlane.ResidentMebibytes:0} MiB) | | | | |");
        await MeasureAsync(controlPlane, http, $"{objects:N0} ConfigMaps, JSON", "/api/v1/configmaps", "application/json", rounds: 5);
        await MeasureAsync(controlPlane, http, "… one label of 100", "/api/v1/configmaps?labelSelector=app%3Dbench-7", "application/json", rounds: 10);
        await MeasureAsync(controlPlane, http, "… one namespace of 100", "/api/v1/namespaces/bench-7/configmaps", "application/json", rounds: 10);
        await MeasureAsync(controlPlane, http, "… one name", "/api/v1/namespaces/bench-7/configmaps?fieldSelector=metadata.name%3Dobject-000007", "application/json", rounds: 100);
        await MeasureAsync(controlPlane, http, "… a page of 500", "/api/v1/configmaps?limit=500", "application/json", rounds: 20);
        var writing = load.RunAsync(500, TimeSpan.FromSeconds(10), "");
        await PagesAsync(http, objects);
        await writing;
        Console.WriteLine($"\nresident at the end: {controlPlane.ResidentMebibytes:0} MiB");
    }

    private static async Task MeasureAsync(ControlPlaneProcess controlPlane, HttpClient http, string what, string path, string accept, int rounds)
    {
        var figures = new Figures(what);
        var bytes = 0;
        var cpu = TimeSpan.Zero;
        for (var round = -2; round < rounds; round++)
        {
            var (before, started) = (controlPlane.Cpu, Stopwatch.GetTimestamp());
            bytes = (await GetAsync(http, path, accept)).Length;
            if (round < 0)
                continue;
            figures.Add(Stopwatch.GetElapsedTime(started));
            cpu += controlPlane.Cpu - before;
        }

        Console.WriteLine($"| {what} | {bytes / 1048576.0:0.0} | {figures.At(0.5):0.0} | {figures.At(0.99):0.0} | {cpu.TotalMilliseconds / rounds:0} |");
    }

    private static async Task PagesAsync(HttpClient http, int objects)
    {
        var (figures, seen, revisions) = (new Figures(""), new HashSet<string>(), new HashSet<string>());
        var watch = Stopwatch.StartNew();
        string? token = "";
        while (token is not null)
        {
            var started = Stopwatch.GetTimestamp();
            var body = await GetAsync(http, $"/api/v1/configmaps?limit=500{(token.Length == 0 ? "" : $"&continue={token}")}", "application/json");
            figures.Add(Stopwatch.GetElapsedTime(started));
            using var page = JsonDocument.Parse(body);
            var metadata = page.RootElement.GetProperty("metadata");
            revisions.Add(metadata.GetProperty("resourceVersion").GetString()!);
            foreach (var item in page.RootElement.GetProperty("items").EnumerateArray())
                seen.Add(item.GetProperty("metadata").GetProperty("uid").GetString()!);
            token = metadata.TryGetProperty("continue", out var next) ? next.GetString() : null;
        }

        Console.WriteLine(
            $"| … all in pages of 500 while 500 writes/s go on: {watch.Elapsed.TotalSeconds:0.0} s, {seen.Count:N0} of {objects:N0} objects, {revisions.Count} revision; a page: | | {figures.At(0.5):0.0} | {figures.At(0.99):0.0} | |");
    }

    private static async Task<byte[]> GetAsync(HttpClient http, string path, string accept)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path) { Version = new Version(2, 0) };
        request.Headers.TryAddWithoutValidation("Accept", accept);
        using var answer = await http.SendAsync(request);
        answer.EnsureSuccessStatusCode();
        return await answer.Content.ReadAsByteArrayAsync();
    }

    private static async Task ReportPodsAsync(ControlPlaneProcess controlPlane, HttpClient http)
    {
        using var admin = new AgentClient(controlPlane.Client.Options);
        var token = await admin.CreateTokenAsync(new JoinTokenRequest { Cluster = "bench" });
        using var joining = new AgentClient(controlPlane.Client.Options with { Token = token.Token });
        var joined = await joining.JoinAsync(new JoinRequest { Cluster = "bench", Region = "bench", Addresses = ["127.0.0.1"], AgentVersion = "bench" });
        using var agent = new AgentClient(controlPlane.Client.Options with { Token = joined.Credential });
        await agent.ReportAsync("bench", new Report { Session = "s", Sequence = 1, Full = true, Pods = [.. Enumerable.Range(0, Pods).Select(NewPod)] });
        for (var count = 0; count < Pods;)
        {
            using var list = JsonDocument.Parse(await GetAsync(http, "/api/v1/pods", Metadata));
            count = list.RootElement.GetProperty("items").GetArrayLength();
        }
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
