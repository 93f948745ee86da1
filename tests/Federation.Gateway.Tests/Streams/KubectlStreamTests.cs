using System.Net.Sockets;
using System.Text;
using Federation.Gateway.Tests.Kubectl;
using Federation.TestKit.Processes;
using Federation.TestKit.Waiting;

namespace Federation.Gateway.Tests.Streams;

/// <summary>Each kubectl of this machine: older ones speak SPDY, newer ones WebSockets.</summary>
public sealed class KubectlStreamTests(StreamsHarness harness) : IClassFixture<StreamsHarness>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static TheoryData<string> Programs => KubectlRunner.Programs;

    [Theory]
    [MemberData(nameof(Programs))]
    public async Task Exec_OutputsInputAndExitCodes_AreKubectls(string program)
    {
        using var kubectl = new KubectlRunner(harness.Gateway, program);

        var failed = await kubectl.TryAsync(null, "exec", harness.Pod, "--", "fail", "7");
        (failed.ExitCode, failed.Output).ShouldBe((7, "working\n"), failed.ToString());
        failed.Error.ShouldBe("failing\ncommand terminated with exit code 7\n");

        var text = string.Concat(Enumerable.Range(0, 100_000).Select(i => $"{i:000000}\n"));
        var piped = await kubectl.TryAsync(text, "exec", "-i", harness.Pod, "--", "cat");
        (piped.ExitCode, piped.Error).ShouldBe((0, ""), piped.Error);
        piped.Output.ShouldBe(text);

        var noContainer = await kubectl.TryAsync(null, "exec", harness.Pod, "-c", "nope", "--", "cat");
        (noContainer.ExitCode, noContainer.Error).ShouldBe((1, $"Error from server (BadRequest): container nope is not valid for pod {harness.Pod}\n"), noContainer.ToString());
    }

    [Theory]
    [MemberData(nameof(Programs))]
    public async Task PortForward_ConnectionsAtOnce_AreEachTheirOwn(string program)
    {
        await using var forward = await PortForward.StartAsync(
            program, ["--kubeconfig", harness.Gateway.KubeConfigPath, "port-forward", $"pod/{harness.Pod}", $":{StreamsHarness.EchoPort}"], ports: 1);
        var clients = new List<TcpClient>();
        for (var i = 0; i < 8; i++)
            clients.Add(await forward.ConnectAsync(StreamsHarness.EchoPort));

        // Every one gets its own bytes back, whole, and the end after its own end.
        await Task.WhenAll(clients.Select((client, i) => EchoAsync(client, new string((char)('a' + i), 300_000))));

        forward.HasExited.ShouldBeFalse(forward.Error);
    }

    [Theory]
    [MemberData(nameof(Programs))]
    public async Task PortForward_NobodyListens_SaysWhere(string program)
    {
        await using var forward = await PortForward.StartAsync(program, ["--kubeconfig", harness.Gateway.KubeConfigPath, "port-forward", $"pod/{harness.Pod}", ":7999"], ports: 1);
        using var client = await forward.ConnectAsync(7999);
        await Eventually.TrueAsync(() => forward.Error.Contains($"error forwarding port 7999 to pod {harness.Pod}, uid "), "kubectl says so", Patience, () => forward.Error);
        forward.Error.ShouldContain(":7999: connection refused");
    }

    [Fact]
    public async Task Logs_Options_AreWhatTheyAreInKubernetes()
    {
        using var kubectl = new KubectlRunner(harness.Gateway);
        (await kubectl.RunAsync("logs", harness.Pod)).ShouldBe("one\ntwo\nthree\n");
        (await kubectl.RunAsync("logs", harness.Pod, "--tail", "1")).ShouldBe("three\n");
        (await kubectl.RunAsync("logs", harness.Pod, "--limit-bytes", "5")).ShouldBe("one\nt");
        (await kubectl.RunAsync("logs", harness.Pod, "--since-time", "2199-01-01T00:00:00Z")).ShouldBe("");
        (await kubectl.RunAsync("logs", harness.Pod, "--since-time", "2001-01-01T00:00:00+02:00", "--tail=-1")).ShouldBe("one\ntwo\nthree\n");
        (await kubectl.RunAsync("logs", "-l", "federation.name=tools", "--prefix", "--tail", "1")).ShouldBe($"[pod/{harness.Pod}/tools] three\n");
        (await kubectl.TryAsync(null, "logs", harness.Pod, "--previous")).Error.ShouldBe(
            $"Error from server (BadRequest): previous terminated container \"tools\" in pod \"{harness.Pod}\" not found\n");
        var app = await kubectl.TryAsync(null, "logs", "app/tools");
        app.ExitCode.ShouldBe(1, "kubectl finds the pods of built-in kinds only; the documentation says what to do");
    }

    [Fact]
    public async Task Logs_SeveralContainers_OneIsChosenOrAll()
    {
        await harness.ApplyAsync("pair", "tools:1", "tools:1");
        var pod = await harness.PodAsync("pair", pod => pod.Status.Phase == "Running" && pod.Status.ContainerStatuses.All(container => container.State.Running is not null));
        using var kubectl = new KubectlRunner(harness.Gateway);

        (await kubectl.RunAsync("logs", pod, "-c", "pair-1", "--tail", "1")).ShouldBe("three\n");
        (await kubectl.RunAsync("logs", pod, "--all-containers", "--prefix", "--tail", "1")).Split('\n').Order().ShouldBe(["", $"[pod/{pod}/pair-1] three", $"[pod/{pod}/pair] three"]);
        (await harness.Gateway.SendAsync(HttpMethod.Get, $"/api/v1/namespaces/default/pods/{pod}/log")).Body.GetProperty("message").GetString()
            .ShouldBe($"a container name must be specified for pod {pod}, choose one of: [pair pair-1]");
    }

    private static async Task EchoAsync(TcpClient client, string text)
    {
        using (client)
        {
            using var deadline = new CancellationTokenSource(Patience);
            var stream = client.GetStream();
            using var reader = new StreamReader(stream, Encoding.ASCII);
            var reading = reader.ReadToEndAsync(deadline.Token);
            await stream.WriteAsync(Encoding.ASCII.GetBytes(text), deadline.Token);
            client.Client.Shutdown(SocketShutdown.Send);
            (await reading).ShouldBe($"hello\n{text}bye\n");
        }
    }
}
