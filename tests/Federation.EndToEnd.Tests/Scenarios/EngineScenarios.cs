using Federation.Api.Clusters;
using Federation.Api.Core;
using Federation.Api.Meta;
using Federation.Client;
using Federation.TestKit.Processes;
using Federation.TestKit.Local;
using Federation.TestKit.Waiting;

namespace Federation.EndToEnd.Tests.Scenarios;

/// <summary>The container engine fails under a running federation: it says so, and recovers when the cause is gone.</summary>
public sealed class EngineScenarios
{
    [Fact]
    public async Task EngineStops_IsAConditionAndAnEvent_AndPodsComeBackWithIt()
    {
        await using var federation = await LocalFederation.UpAsync();
        await federation.ConvergedAsync("web", 6);

        await federation.Engine.StopEngineAsync();
        await EngineProblemAsync(federation, "EngineUnavailable");
        await federation.AnsweredAsync([]);

        await federation.Engine.StartEngineAsync();
        foreach (var region in LocalFederation.RegionNames)
            await federation.ReadyAsync(region, ConditionStatus.True, TimeSpan.FromMinutes(1));
        await federation.ConvergedAsync("web", 6, TimeSpan.FromMinutes(2));
        await federation.AnsweredAsync(LocalFederation.RegionNames);
        (await federation.ContainersAsync()).Count.ShouldBe(6);
    }

    [Fact]
    public async Task EnginesDiskFull_IsAConditionAndAnEvent_AndRecoversWhenThereIsRoom()
    {
        await using var federation = await LocalFederation.UpAsync(prepareEngine: directory => SmallFileSystem.Mount(Path.Combine(directory, "data"), "64m"));
        await federation.ConvergedAsync("web", 6);

        var ballast = Path.Combine(federation.Engine.Directory, "data", "ballast");
        await Command.RunAsync("dd", ["if=/dev/zero", $"of={ballast}", "bs=64k"]);
        await federation.ScaleAsync(9);
        await Eventually.ReadAsync(
            () => federation.AppAsync(), app => app.Status.Clusters.Any(share => share.Reason == "DiskFull"), "a cluster says that its disk is full", TimeSpan.FromMinutes(1));
        await Eventually.TrueAsync(
            async () => (await federation.Client.ListAsync<Event>(ListQuery.All)).Items.Any(item => item is { Type: "Warning", Reason: "DiskFull" }),
            "an event says that the disk is full");

        File.Delete(ballast);
        await federation.ConvergedAsync("web", 9, TimeSpan.FromMinutes(2));
    }

    [Fact]
    public async Task ControlPlanesDiskFull_RefusesWritesPlainly_AndTakesThemAgain()
    {
        await using var federation = await LocalFederation.UpAsync(prepareData: directory => SmallFileSystem.Mount(Path.Combine(directory, "control-plane"), "24m"));
        await federation.ConvergedAsync("web", 6);
        var before = await federation.ContainersAsync();

        var ballast = Path.Combine(federation.Data, "control-plane", "ballast");
        await Command.RunAsync("dd", ["if=/dev/zero", $"of={ballast}", "bs=4k"]);
        var refusal = await Eventually.ReadAsync(
            () => TryCreateAsync(federation), error => error is { Code: 503 }, "a write is refused", TimeSpan.FromMinutes(1));
        refusal!.Message.ShouldContain("full", Case.Insensitive);
        (await federation.AppAsync()).Metadata.Name.ShouldBe("web");
        (await federation.ContainersAsync()).ShouldBe(before);

        File.Delete(ballast);
        await Eventually.TrueAsync(async () => await TryCreateAsync(federation) is null or { Code: 409 }, "writes are taken again", TimeSpan.FromMinutes(1));
        await federation.ScaleAsync(9);
        await federation.ConvergedAsync("web", 9);
    }

    private static int _written;

    private static async Task<StatusException?> TryCreateAsync(LocalFederation federation)
    {
        try
        {
            await federation.Client.CreateAsync(new Namespace { Metadata = new ObjectMeta { Name = $"written-{Interlocked.Increment(ref _written)}" } });
            return null;
        }
        catch (StatusException refused)
        {
            return refused;
        }
    }

    private static async Task EngineProblemAsync(LocalFederation federation, string reason)
    {
        foreach (var region in LocalFederation.RegionNames)
        {
            await Eventually.ReadAsync(
                () => federation.Client.GetAsync<Cluster>(region),
                cluster => cluster.Status.Conditions.Find(ClusterConditions.EngineFailing) is { Status: ConditionStatus.True } failing && failing.Reason == reason,
                $"{region} has EngineFailing for {reason}");
        }

        await Eventually.TrueAsync(
            async () => (await federation.Client.ListAsync<Event>(ListQuery.All)).Items.Any(item => item.Type == "Warning" && item.Reason == reason), $"an event says {reason}");
    }
}
