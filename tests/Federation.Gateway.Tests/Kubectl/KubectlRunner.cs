using Federation.TestKit.Processes;

namespace Federation.Gateway.Tests.Kubectl;

/// <summary>Runs kubectl against the test's gateway, with a discovery cache of its own.</summary>
internal sealed class KubectlRunner(GatewayHarness gateway) : IDisposable
{
    private readonly DirectoryInfo _cache = Directory.CreateTempSubdirectory("federation-kubectl-");

    public static bool HasKubectl { get; } = Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(directory => File.Exists(Path.Combine(directory, "kubectl")));

    public void Dispose() => _cache.Delete(recursive: true);

    /// <summary>What a command that must succeed prints. A first argument of several lines is the standard input.</summary>
    public async Task<string> RunAsync(string first, params string[] arguments)
    {
        var (input, all) = first.Contains('\n') ? (first, arguments) : (null, [first, .. arguments]);
        var result = await TryAsync(input, all);
        result.ExitCode.ShouldBe(0, $"kubectl {string.Join(' ', all)}: {result}");
        return result.Output;
    }

    public Task<CommandResult> TryAsync(string? input, params string[] arguments) =>
        Command.RunAsync("kubectl", ["--kubeconfig", gateway.KubeConfigPath, "--cache-dir", _cache.FullName, .. arguments], input);
}
