using System.Text.RegularExpressions;
using Federation.Gateway.Discovery;
using Federation.Gateway.OpenApi;
using Federation.TestKit.Processes;
using Microsoft.Extensions.DependencyInjection;

namespace Federation.Gateway.Tests.Documents;

/// <summary>docs/reference/api.md says what is served, and what it tells to run can be run.</summary>
public sealed class ApiReferenceTests(GatewayHarness gateway) : IClassFixture<GatewayHarness>
{
    private const string RenewVariable = "RENEW_API_REFERENCE";

    private static string FilePath { get; } = Path.Combine(Root(), "docs", "reference", "api.md");

    [Fact]
    public async Task Reference_SaysWhatIsServed()
    {
        var catalog = gateway.Services.GetRequiredService<DiscoveryCatalog>();
        var written = await File.ReadAllTextAsync(FilePath);

        var renewed = new ApiReference(catalog.All, OpenApiDocuments.Make(catalog)).Renew(written);

        if (Environment.GetEnvironmentVariable(RenewVariable) == "1")
            await File.WriteAllTextAsync(FilePath, renewed);
        else
            (renewed == written).ShouldBeTrue($"docs/reference/api.md is out of date: run {RenewVariable}=1 dotnet test tests/Federation.Gateway.Tests --filter {nameof(ApiReferenceTests)}");
    }

    [Fact]
    public async Task Reference_ItsCommands_Work()
    {
        var text = await File.ReadAllTextAsync(FilePath);
        var blocks = Regex.Matches(text, "```sh\n(.*?)```", RegexOptions.Singleline | RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(5)).Select(block => block.Value[6..^3]).ToList();
        blocks.Count.ShouldBeGreaterThan(5);
        var script = string.Concat(blocks)
            .Replace("federation-data/kubeconfig", gateway.KubeConfigPath, StringComparison.Ordinal)
            .Replace("https://127.0.0.1:8443", gateway.Client.Options.Server.GetLeftPart(UriPartial.Authority), StringComparison.Ordinal)
            // As written, a refusal is shown; here it has to end the script.
            .Replace("| curl -s ", "| curl -sS --fail-with-body ", StringComparison.Ordinal);
        var directory = Directory.CreateTempSubdirectory("federation-reference-");
        try
        {
            var result = await Command.RunAsync("bash", ["-euo", "pipefail", "-c", $"cd '{directory.FullName}'\n{script}"]);

            result.ExitCode.ShouldBe(0, result.ToString());
            result.Output.ShouldContain("\"kind\":\"App\"");
            result.Output.ShouldContain("\"replicas\":4");
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static string Root()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "Federation.sln")))
            directory = directory.Parent ?? throw new InvalidOperationException("The repository was not found above the tests.");
        return directory.FullName;
    }
}
