using Federation.Api;
using Federation.TestKit.Local;
using Federation.TestKit.Processes;
using Xunit.Abstractions;

namespace Federation.EndToEnd.Tests.Scenarios;

/// <summary>Logs, commands, files and ports of real containers in three regions, by the machine's kubectl.</summary>
public sealed partial class StreamScenarios(StreamScenarios.SampleFederation sample, ITestOutputHelper output) : IClassFixture<StreamScenarios.SampleFederation>
{
    private LocalFederation Federation => sample.Federation;

    [Fact]
    public async Task Exec_InEveryRegion_RunsThereWithInputOutputsAndExitCode()
    {
        foreach (var region in LocalFederation.RegionNames)
        {
            var pod = await PodAsync(region);

            var where = await Federation.KubectlAsync("exec", pod, "--", "sh", "-c", "hostname; echo no >&2; exit 7");
            where.ExitCode.ShouldBe(7, where.ToString());
            where.Output.ShouldBe(pod + "\n");
            where.Error.ShouldBe("no\ncommand terminated with exit code 7\n");

            var counted = await Federation.KubectlAsync(["exec", "-i", pod, "--", "wc", "-c"], input: new string('x', 5_000_000));
            (counted.ExitCode, counted.Output.Trim()).ShouldBe((0, "5000000"), counted.ToString());
        }

        var missing = await Federation.KubectlAsync("exec", await PodAsync("us-east"), "--", "no-such-program");
        missing.ExitCode.ShouldBeOneOf(126, 127);
    }

    [Fact]
    public async Task Cp_Directory_ComesBackAsItWent()
    {
        var directory = Directory.CreateTempSubdirectory("fedcp");
        try
        {
            var there = directory.CreateSubdirectory("there");
            var random = new Random(3);
            foreach (var (name, size) in (IEnumerable<(string, int)>)[("empty", 0), ("small", 10), ("large", 4_000_000)])
            {
                var content = new byte[size];
                random.NextBytes(content);
                await File.WriteAllBytesAsync(Path.Combine(there.FullName, name), content);
            }

            var pod = await PodAsync("eu-west");
            var up = await Federation.KubectlAsync("cp", there.FullName, $"{pod}:/tmp/there");
            up.ExitCode.ShouldBe(0, up.ToString());
            var back = Path.Combine(directory.FullName, "back");
            var down = await Federation.KubectlAsync("cp", $"{pod}:/tmp/there", back);
            down.ExitCode.ShouldBe(0, down.ToString());

            foreach (var file in there.GetFiles())
                (await File.ReadAllBytesAsync(Path.Combine(back, file.Name))).ShouldBe(await File.ReadAllBytesAsync(file.FullName), file.Name);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task PortForward_ToAPort_AndToOneOnThePodsLoopbackOnly_Answers()
    {
        const int LoopbackPort = 9555;
        var pod = await PodAsync("ap-south");
        // In the background, as far as the command is concerned.
        var started = await Federation.KubectlAsync("exec", pod, "--", "sh", "-c", $"mkdir -p /tmp/site && echo inside >/tmp/site/page && httpd -p 127.0.0.1:{LoopbackPort} -h /tmp/site");
        started.ExitCode.ShouldBe(0, started.ToString());
        await using var forward = await PortForward.StartAsync(
            "kubectl", ["--kubeconfig", Federation.Kubeconfig, "port-forward", $"pod/{pod}", $":{LocalFederation.SamplePort}", $":{LoopbackPort}"], ports: 2);
        using var http = new HttpClient();

        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => http.GetStringAsync(new Uri($"http://127.0.0.1:{forward.Ports[LocalFederation.SamplePort]}/"))));
        answers.ShouldAllBe(answer => answer.Contains("ap-south") && answer.Contains(pod));
        (await http.GetStringAsync(new Uri($"http://127.0.0.1:{forward.Ports[LoopbackPort]}/page"))).ShouldBe("inside\n");
        forward.HasExited.ShouldBeFalse(forward.Error);
    }

    [Fact]
    public async Task Logs_OfAllRegions_AreOneCommand()
    {
        var logs = await Federation.KubectlAsync("logs", "-l", "federation.name=web", "--prefix", "--tail", "1", "--max-log-requests", "20");
        logs.ExitCode.ShouldBe(0, logs.ToString());
        foreach (var pod in await Federation.PodsAsync())
            logs.Output.ShouldContain($"[pod/{pod.Metadata.Name}/web] ");
    }

    private async Task<string> PodAsync(string region) =>
        (await Federation.PodsAsync()).First(pod => pod.Metadata.Labels[PodLabels.Region] == region).Metadata.Name;

    /// <summary>One federation with the sample app for all of them.</summary>
    public sealed class SampleFederation : IAsyncLifetime
    {
        public LocalFederation Federation { get; private set; } = null!;

        public async Task InitializeAsync()
        {
            Federation = await LocalFederation.UpAsync();
            await Federation.ConvergedAsync("web", 6);
        }

        public async Task DisposeAsync() => await Federation.DisposeAsync();
    }
}
