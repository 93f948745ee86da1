using Federation.TestKit.Local;

namespace Federation.EndToEnd.Tests.Scenarios;

/// <summary>Down and up again.</summary>
public sealed class LifecycleScenarios
{
    [Fact]
    public async Task DownAndUp_AdoptsContainers_AndPurgeRemovesThemAndTheData()
    {
        await using var federation = await LocalFederation.UpAsync();
        await federation.ConvergedAsync("web", 6);
        var before = await federation.ContainersAsync();

        (await federation.FedAsync("down", "--data", federation.Data)).ExitCode.ShouldBe(0);
        (await federation.ContainersAsync()).ShouldBe(before);

        await federation.ResumeAsync();
        await federation.ConvergedAsync("web", 6);
        (await federation.ContainersAsync()).ShouldBe(before);

        var purged = await federation.FedAsync("down", "--data", federation.Data, "--purge");
        purged.ExitCode.ShouldBe(0, purged.ToString());
        (await federation.ContainersAsync(all: true)).ShouldBeEmpty();
        Directory.Exists(federation.Data).ShouldBeFalse();
    }
}
