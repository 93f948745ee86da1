using Federation.EndToEnd.Tests.Sessions;
using Federation.TestKit.Processes;

namespace Federation.EndToEnd.Tests.Scenarios;

/// <summary>Stock kubectl, every minor version that this machine has, over three regions.</summary>
public sealed class KubectlScenarios(SharedFederation shared) : IClassFixture<SharedFederation>
{
    public static TheoryData<string> Versions => [.. KubectlPrograms.All];

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task Session_EveryKubectl_AnswersAsExpected(string kubectl)
    {
        var bin = Directory.CreateTempSubdirectory("kubectl");
        try
        {
            File.CreateSymbolicLink(Path.Combine(bin.FullName, "kubectl"), kubectl);
            var kubeconfig = Path.Combine(bin.FullName, "kubeconfig");
            File.Copy(shared.Federation.Kubeconfig, kubeconfig);
            using var session = new Session(new Dictionary<string, string>
            {
                ["KUBECONFIG"] = kubeconfig,
                ["HOME"] = bin.FullName,
                ["PATH"] = $"{bin.FullName}:{Environment.GetEnvironmentVariable("PATH")}",
            });
            var commands = await session.PlayAsync("kubectl.session", ("workday", $"workday-{Path.GetFileName(kubectl).Split('.')[^1]}"));
            commands.ShouldBeGreaterThanOrEqualTo(60);
        }
        catch (Exception failure)
        {
            throw new InvalidOperationException($"{failure.Message}\n{await shared.Federation.DescribeAsync()}", failure);
        }
        finally
        {
            bin.Delete(recursive: true);
        }
    }
}
