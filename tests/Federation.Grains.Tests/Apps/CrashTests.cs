using Federation.Api.Apps;
using Federation.Api.Meta;
using Federation.Grains.Objects;

namespace Federation.Grains.Tests.Apps;

/// <summary>Rule 1: a control plane killed at any instruction converges to what it would have come to.</summary>
public sealed class CrashTests
{
    private const int MostOperations = 200;

    [Fact]
    public async Task Crash_AtEachOperationOfTheStore_EndsAsWithoutIt()
    {
        var struck = 0;
        // Odd ones fail before they are made, even ones after: the answer is lost.
        for (var operation = 1; operation <= MostOperations; operation++)
        {
            if (!await LiveAsync(operation, answerIsLost: operation % 2 == 0))
                break;
            struck = operation;
        }

        struck.ShouldBeInRange(10, MostOperations - 1, "the faults must have reached every part of the story");
    }

    /// <summary>Creates, scales and deletes an app, with a crash at one operation of the store.</summary>
    /// <returns>False: the story was over before that operation.</returns>
    private static async Task<bool> LiveAsync(int operation, bool answerIsLost)
    {
        await using var plane = await GrainHarness.StartAsync();
        FakeAgent[] agents = [await plane.StartClusterAsync("a", "us"), await plane.StartClusterAsync("b", "eu"), await plane.StartClusterAsync("c", "ap")];
        var (hasStruck, hasCrashed) = (false, false);
        plane.Store.Count();
        plane.Store.OnFault = () => hasStruck = true;
        (plane.Store.FailAt, plane.Store.FailAfter) = (operation, answerIsLost);

        await TryAsync(() => plane.WriteAsync(Sample.App(3), WriteVerb.Create), StatusReasons.AlreadyExists);
        await UntilAsync(app => app is not null && Runs(app, 3), "three replicas run");
        agents.Sum(agent => agent.Running).ShouldBe(3);
        await TryAsync(() => plane.PatchAsync(Sample.Key, """{"spec":{"replicas":6}}"""));
        await UntilAsync(app => app is not null && Runs(app, 6), "six replicas run");
        (await plane.ReadAppAsync())!.Status.Clusters.Select(share => (share.Cluster, share.Replicas)).ShouldBe([("a", 2), ("b", 2), ("c", 2)]);
        await TryAsync(() => plane.DeleteAsync(Sample.Key), StatusReasons.NotFound);
        await UntilAsync(app => app is null, "the app is gone");
        agents.Sum(agent => agent.Running).ShouldBe(0);
        return hasStruck;

        async Task UntilAsync(Func<App?, bool> condition, string what) => await plane.UntilAsync(
            async () =>
            {
                await CrashOnceAsync();
                foreach (var agent in agents)
                    await agent.ReportAsync();
                return condition(await plane.ReadAppAsync());
            },
            $"{what} (fault at operation {operation}, answer lost: {answerIsLost})");

        // A client whose request failed asks again.
        async Task TryAsync(Func<Task<WriteResult>> write, string? alsoFine = null)
        {
            var result = await write();
            await CrashOnceAsync();
            if (result.Failure is null)
                return;
            result.Failure.Code.ShouldBe(503);
            var again = await write();
            if (again.Failure?.Reason != alsoFine)
                again.Failure.ShouldBeNull();
        }

        async Task CrashOnceAsync()
        {
            if (!hasStruck || hasCrashed)
                return;
            hasCrashed = true;
            await plane.CrashAsync();
        }
    }

    private static bool Runs(App app, int replicas) =>
        app.Status.ObservedGeneration == app.Metadata.Generation && app.Status.ReadyReplicas == replicas && app.Status.Conditions.IsTrue(AppConditions.Converged);
}
