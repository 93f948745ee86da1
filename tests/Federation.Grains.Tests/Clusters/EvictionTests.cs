using Federation.Api.Agents;
using Federation.Api.Core;
using Federation.Api.Meta;
using Federation.Api.Pods;

namespace Federation.Grains.Tests.Clusters;

public sealed class EvictionTests : IAsyncLifetime
{
    private GrainHarness _plane = null!;
    private FakeAgent _agent = null!;

    public async Task InitializeAsync()
    {
        _plane = await GrainHarness.StartAsync();
        _agent = await _plane.StartClusterAsync("a", "us");
    }

    public async Task DisposeAsync() => await _plane.DisposeAsync();

    [Fact]
    public async Task Evict_Pod_StaysOrderedOverACrashUntilASyncedAgentDoesNotReportIt()
    {
        await _agent.SendAsync(_agent.NextReport() with { Pods = [NewPod("one", "uid-1"), NewPod("two", "uid-2")] });
        (await EvictAsync("one", "uid-1")).ShouldBeNull();

        await _plane.CrashAsync();

        // Nothing is known of the cluster's pods now, and so nothing is gone.
        await _plane.Cluster("a").ReconcileAsync(CancellationToken.None);
        (await OrdersAsync()).ShouldBe(["uid-1"]);
        _agent.Restart();
        await _agent.SendAsync(_agent.NextReport() with { Full = true, Pods = [NewPod("one", "uid-1"), NewPod("two", "uid-2")] });
        await _plane.Cluster("a").ReconcileAsync(CancellationToken.None);
        (await OrdersAsync()).ShouldBe(["uid-1"]);
        await _agent.SendAsync(_agent.NextReport() with { RemovedPods = [new PodName("default", "one")] });

        await _plane.UntilAsync(async () => (await OrdersAsync()).Count == 0, "the order is fulfilled");
    }

    [Fact]
    public async Task Evict_AnotherPodOfTheSameName_IsFulfilledAtOnce()
    {
        await _agent.SendAsync(_agent.NextReport() with { Pods = [NewPod("one", "uid-new")] });

        await EvictAsync("one", "uid-old");

        await _plane.UntilAsync(async () => (await OrdersAsync()).Count == 0, "there is nothing to stop");
    }

    [Fact]
    public async Task Evict_TooMany_AreRefusedUntilSomeAreGone()
    {
        await _agent.SendAsync(_agent.NextReport() with { Pods = [.. Enumerable.Range(0, 501).Select(number => NewPod($"p{number}", $"u{number}"))] });
        for (var number = 0; number < 500; number++)
            (await EvictAsync($"p{number}", $"u{number}")).ShouldBeNull();

        (await EvictAsync("p500", "u500"))!.Code.ShouldBe(429);
        (await EvictAsync("p7", "u7")).ShouldBeNull("it is one of them already");
    }

    [Fact]
    public async Task Events_OfAnAgent_AreOfItsOwnClusterAndMachinesOnly()
    {
        AgentEvent About(string kind, string name) => new() { Kind = kind, Name = name, Reason = "Test", Message = name };
        await _agent.SendAsync(_agent.NextReport() with { Events = [About("Cluster", "a"), About("Cluster", "b"), About("Node", "a.host"), About("Node", "b.host")] });

        await _plane.UntilAsync(async () =>
        {
            _plane.Time.Advance(TimeSpan.FromMilliseconds(300));
            return await EventsAsync() is { Count: >= 2 };
        }, "its events are written");

        var events = await EventsAsync();
        events.Select(@event => @event.InvolvedObject.Name).Order().ShouldBe(["a", "a.host"]);
        events.Single(@event => @event.InvolvedObject.Kind == "Cluster").InvolvedObject.Uid.ShouldBe((await _plane.ReadClusterAsync("a"))!.Metadata.Uid);
    }

    private async Task<List<Event>> EventsAsync() => [.. (await _plane.ReadEventsAsync()).Where(@event => @event.Reason == "Test")];

    private async Task<Status?> EvictAsync(string name, string uid) =>
        (await _plane.Cluster("a").EvictAsync(new PodEviction { Namespace = "default", Name = name, Uid = uid, GracePeriodSeconds = 5 }, CancellationToken.None)).Failure;

    private async Task<IReadOnlyList<string>> OrdersAsync() => [.. (await _plane.ReadClusterAsync("a"))!.Status.Evictions.Select(eviction => eviction.Uid)];

    private static Pod NewPod(string name, string uid) => new() { Metadata = new ObjectMeta { Name = name, Namespace = "default", Uid = uid } };
}
