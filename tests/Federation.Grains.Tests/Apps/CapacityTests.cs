using Federation.Grains.Objects;

namespace Federation.Grains.Tests.Apps;

public sealed class CapacityTests
{
    [Fact]
    public async Task Place_ManyAppsAtOnce_NoClusterIsEverOvercommittedAndAllRoomIsUsed()
    {
        const int Room = 10;
        await using var plane = await GrainHarness.StartAsync();
        FakeAgent[] agents = [await plane.StartClusterAsync("a", "us", Sample.Pods(Room)), await plane.StartClusterAsync("b", "eu", Sample.Pods(Room))];

        var created = await Task.WhenAll(Enumerable.Range(0, 8).Select(number => plane.WriteAsync(Sample.App($"app-{number}", 3), WriteVerb.Create)));
        created.ShouldAllBe(result => result.Failure == null);

        await plane.UntilAsync(
            async () =>
            {
                await plane.PassAsync(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1), agents);
                var shares = (await plane.ReadAppsAsync()).SelectMany(app => app.Status.Clusters).ToList();
                foreach (var agent in agents)
                    shares.Where(share => share.Cluster == agent.Cluster).Sum(share => share.Replicas).ShouldBeLessThanOrEqualTo(Room, agent.Cluster);
                return shares.Sum(share => share.Replicas) == 2 * Room;
            },
            "all room is used");
        (await plane.ReadAppsAsync()).Sum(app => app.Status.Placement?.Unplaced ?? 0).ShouldBe(8 * 3 - 2 * Room);
    }
}
