using MemberCluster.Agent.Runtime;

namespace MemberCluster.Agent.Tests.Runtime.Conformance;

public abstract partial class RuntimeConformance
{
    [Fact]
    public async Task Events_LifeOfAContainer_ComeInOrder()
    {
        await using var events = await Runtime.SubscribeAsync(EventFilter.ByLabels(OwnLabel), since: null, Token);
        var id = await LiveAndDieAsync("a");
        var seen = await ReadUntilDestroyedAsync(events, id);

        seen.Select(happened => happened.Kind).ShouldBe([RuntimeEventKind.Created, RuntimeEventKind.Started, RuntimeEventKind.Died, RuntimeEventKind.Destroyed]);
        seen.ShouldAllBe(happened => happened.ContainerId == id && happened.ContainerName == Name("a"));
        seen[2].ExitCode.ShouldBe(3);
        seen[0].Labels[Scripts.Label].ShouldBe(Scripts.ExitsWith3);
        seen.Select(happened => happened.At).ShouldBeInOrder();
    }

    [Fact]
    public async Task Events_OfOthers_AreFilteredOut()
    {
        await using var events = await Runtime.SubscribeAsync(EventFilter.ByLabels(OwnLabel, "color=red"), since: null, Token);
        await LiveAndDieAsync("green");
        var red = await LiveAndDieAsync("red", "red");
        (await ReadUntilDestroyedAsync(events, red)).ShouldAllBe(happened => happened.ContainerId == red);
    }

    [Fact]
    public async Task Events_Resumed_RepeatFromThatTimeOn()
    {
        await using var first = await Runtime.SubscribeAsync(EventFilter.ByLabels(OwnLabel), since: null, Token);
        var before = await LiveAndDieAsync("a");
        var last = (await ReadUntilDestroyedAsync(first, before))[^1];

        // Nobody listens meanwhile.
        var missed = await LiveAndDieAsync("b");

        await using var second = await Runtime.SubscribeAsync(EventFilter.ByLabels(OwnLabel), last.At, Token);
        var seen = await ReadUntilDestroyedAsync(second, missed);
        seen.Where(happened => happened.ContainerId == missed).Select(happened => happened.Kind)
            .ShouldBe([RuntimeEventKind.Created, RuntimeEventKind.Started, RuntimeEventKind.Died, RuntimeEventKind.Destroyed]);
        seen.ShouldAllBe(happened => happened.At >= last.At);
    }

    [Fact]
    public async Task Events_OutOfMemory_IsTold()
    {
        await using var events = await Runtime.SubscribeAsync(EventFilter.ByLabels(OwnLabel), since: null, Token);
        var id = await RunAsync(Spec("a", Scripts.TakesAllMemory) with { Resources = new ContainerResources { MemoryLimitBytes = 16 << 20 } });
        await Containers.WaitAsync(id, Token);
        await Containers.RemoveAsync(id, force: true, Token);
        (await ReadUntilDestroyedAsync(events, id)).Select(happened => happened.Kind).ShouldContain(RuntimeEventKind.OutOfMemory);
    }

    [Fact]
    public async Task Events_CallerGivesUp_IsCancelled()
    {
        using var impatient = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
        await Should.ThrowAsync<OperationCanceledException>(async () =>
        {
            await using var events = await Runtime.SubscribeAsync(EventFilter.ByLabels("federation.test.nobody"), since: null, impatient.Token);
            await foreach (var _ in events)
            {
            }
        });
    }

    private async Task<string> LiveAndDieAsync(string suffix, string color = "none")
    {
        var spec = Spec(suffix, Scripts.ExitsWith3);
        var id = await RunAsync(spec with { Labels = spec.Labels.Add("color", color) });
        await Containers.WaitAsync(id, Token);
        await Containers.RemoveAsync(id, force: false, Token);
        return id;
    }

    private async Task<List<RuntimeEvent>> ReadUntilDestroyedAsync(IRuntimeEventStream events, string container)
    {
        var seen = new List<RuntimeEvent>();
        await foreach (var happened in events.WithCancellation(Token))
        {
            seen.Add(happened);
            if (happened.Kind is RuntimeEventKind.Destroyed && happened.ContainerId == container)
                return seen;
        }

        throw new InvalidOperationException($"The events ended after {string.Join(", ", seen.Select(happened => happened.Kind))}.");
    }
}
