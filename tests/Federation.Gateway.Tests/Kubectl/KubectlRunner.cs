using Federation.TestKit.Processes;

namespace Federation.Gateway.Tests.Kubectl;

/// <summary>Runs kubectl against the test's gateway, with a discovery cache of its own.</summary>
/// <param name="program">One of <see cref="Programs"/>; the default is what the name finds.</param>
internal sealed class KubectlRunner(GatewayHarness gateway, string program = "kubectl") : IDisposable
{
    private readonly DirectoryInfo _cache = Directory.CreateTempSubdirectory("federation-kubectl-");

    /// <summary>Every version on this machine.</summary>
    public static TheoryData<string> Programs { get; } = [.. KubectlPrograms.All];

    /// <summary>The arguments that lead to the test's gateway.</summary>
    public IReadOnlyList<string> Connection => ["--kubeconfig", gateway.KubeConfigPath, "--cache-dir", _cache.FullName];

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
        Command.RunAsync(program, [.. Connection, .. arguments], input);
}
