using Federation.Api.Agents;
using MemberCluster.Agent.Runtime;
using MemberCluster.Agent.Tests.Support;

namespace MemberCluster.Agent.Tests.Hosting;

/// <summary>An agent is killed at every operation it asks of the engine, before the engine does it and after; the next agent must end up in the same place.</summary>
public sealed class CrashPointTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Run_KilledWhilePodsAreMade_EveryContainerIsMadeAndStartedOnce(bool isAnswerLost) => await AtEveryOperationAsync(
        isAnswerLost,
        _ => Task.CompletedTask,
        TestWorks.Web(2).WithContainers("web", "sidecar"),
        async (fixture, point) =>
        {
            await fixture.UntilReadyAsync(2);
            await fixture.UntilAsync(() => fixture.Containers.Length == 4, "four containers");
            fixture.Engine.StartCount.ShouldBe(4, point);
        });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Run_KilledWhileATemplateChanges_EndsWithTheNewTemplateAndNoDuplicates(bool isAnswerLost) => await AtEveryOperationAsync(
        isAnswerLost,
        async fixture =>
        {
            fixture.ControlPlane.Apply(TestWorks.Web(2));
            await fixture.UntilReadyAsync(2);
        },
        TestWorks.Web(2, hash: "hash-2", image: "web:2"),
        async (fixture, point) =>
        {
            await fixture.UntilAsync(() => fixture.Containers.Length == 2 && fixture.Containers.All(container => container is { Image: "web:2", State: ContainerState.Running }), "two new containers");
            await fixture.UntilReadyAsync(2);
            fixture.Engine.StartCount.ShouldBe(4, point);
            await fixture.UntilAsync(() => fixture.ControlPlane.Pods.Count == 2, "two pods are reported");
        });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Run_KilledWhileItRemoves_NothingIsLeftAndGoneIsReported(bool isAnswerLost) => await AtEveryOperationAsync(
        isAnswerLost,
        async fixture =>
        {
            fixture.ControlPlane.Apply(TestWorks.Web(2).WithContainers("web", "sidecar"));
            await fixture.UntilReadyAsync(2);
        },
        work: null,
        async (fixture, _) =>
        {
            // Who died after this was heard has nothing to say about the work any more.
            await fixture.UntilAsync(() => fixture.ControlPlane.Reports.Any(report => report.Works.Any(status => status is { Uid: "uid-web", Gone: true })), "gone");
            fixture.Containers.ShouldBeEmpty();
        });

    /// <param name="prepare">With an agent that lives.</param>
    /// <param name="work">Then asked for; null: a tombstone.</param>
    /// <param name="check">With the agent after the one that died.</param>
    private static async Task AtEveryOperationAsync(bool isAnswerLost, Func<AgentFixture, Task> prepare, Work? work, Func<AgentFixture, string, Task> check)
    {
        var isReached = true;
        var operation = 1;
        for (; isReached; operation++)
        {
            operation.ShouldBeLessThan(300);
            await using var fixture = new AgentFixture();
            fixture.Start();
            await fixture.UntilAsync(() => fixture.ControlPlane.Credential is not null, "it joins");
            await prepare(fixture);
            await fixture.KillAsync();

            var death = new Death(operation, isAnswerLost, () => fixture.ControlPlane.IsCut = true);
            fixture.Start(DyingRuntime.Around(fixture.Engine.Connect(), death));
            var reports = fixture.ControlPlane.Reports.Count;
            await fixture.UntilAsync(() => death.Happened || fixture.ControlPlane.Reports.Count > reports, "it is there");
            if (work is null)
                fixture.ControlPlane.Delete("uid-web");
            else
                fixture.ControlPlane.Apply(work);
            await fixture.UntilAsync(() => death.Happened || IsDone(fixture, work), "it dies, or is done");
            isReached = death.Happened;
            await fixture.KillAsync();
            fixture.Start();
            await check(fixture, $"killed at operation {operation}");
        }

        operation.ShouldBeGreaterThan(10, "less would mean that it never died in the middle");
    }

    private static bool IsDone(AgentFixture fixture, Work? work) => work is null
        ? fixture.ControlPlane.StatusOf("uid-web") is { Gone: true }
        : fixture.ControlPlane.StatusOf(work.Uid) is { } status && status.TemplateHash == work.TemplateHash && status.Updated == work.Replicas && status.Running == work.Replicas
            && fixture.Containers.Length == work.Replicas * work.Template.Spec.Containers.Count;
}
