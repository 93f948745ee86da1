using Federation.Api.Agents;
using Federation.Api.Apps;
using Federation.Api.Clusters;
using Federation.Api.Meta;
using Federation.Api.Pets;
using Federation.Client.Agents;

namespace Federation.Gateway.Tests.Agents;

/// <summary>Apps are written past their grains here: what matters is what the stream makes of an app in a given state.</summary>
public sealed class WorksTests(GatewayHarness gateway) : IClassFixture<GatewayHarness>
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Works_FirstConnection_IsASnapshotThenChanges()
    {
        using var agent = await gateway.JoinAsync("works-a");
        await gateway.StoreAsync(NewApp("w-first", ("works-a", 2, SharePhase.Active), ("elsewhere", 3, SharePhase.Active)));
        await gateway.StoreAsync(NewApp("w-foreign", ("elsewhere", 3, SharePhase.Active)));
        await using var stream = await StreamAsync(agent, "works-a", 0, null);

        (await stream.NextAsync()).Type.ShouldBe(WorkEventType.Snapshot);
        var work = (await stream.UntilAsync(line => line.Type == WorkEventType.Work)).Work.ShouldNotBeNull();
        (work.Name, work.Replicas).ShouldBe(("w-first", 2));
        var bookmark = await stream.UntilAsync(line => line.Type == WorkEventType.Bookmark);
        bookmark.Store.ShouldBe((await gateway.Store.ReadIdentityAsync(CancellationToken.None)).ToString());

        await gateway.StoreAsync(NewApp("w-first", ("works-a", 5, SharePhase.Active)));
        (await stream.UntilAsync(line => line.Type == WorkEventType.Work)).Work!.Replicas.ShouldBe(5);
        stream.Names.ShouldNotContain("w-foreign");
    }

    [Fact]
    public async Task Works_ChangeThatAsksNothingNew_IsNotSent()
    {
        using var agent = await gateway.JoinAsync("works-b");
        var app = NewApp("w-status", ("works-b", 2, SharePhase.Active));
        await gateway.StoreAsync(app);
        await using var stream = await StreamAsync(agent, "works-b", 0, null);
        await stream.UntilAsync(line => line.Type == WorkEventType.Work);

        var written = await gateway.StoreAsync(app with { Status = app.Status with { ReadyReplicas = 2 } });
        await stream.UntilAsync(line => line.Type == WorkEventType.Bookmark && line.Revision >= written);

        stream.Seen.Count(line => line.Type == WorkEventType.Work).ShouldBe(1);
    }

    [Fact]
    public async Task Works_AddressOfAnotherRegionChanges_ThePeersOfItsPetsAreToldToAll()
    {
        using var agent = await gateway.JoinAsync("works-p1");
        using var other = await gateway.JoinAsync("works-p2");
        var app = NewApp("w-pets", ("works-p1", 1, SharePhase.Active), ("works-p2", 1, SharePhase.Active));
        await gateway.StoreAsync(new PetSet
        {
            Metadata = app.Metadata,
            Spec = new PetSetSpec { Replicas = 2, Template = app.Spec.Template, Expose = [new PetExposeSpec { Name = "peer", Port = 2400, TargetPort = 1, PerPet = true }] },
            Status = new PetSetStatus
            {
                Clusters = app.Status.Clusters,
                Pets = [new PetStatus { Ordinal = 0, Cluster = "works-p1", Epoch = 1 }, new PetStatus { Ordinal = 1, Cluster = "works-p2", Epoch = 3 }],
            },
        });
        await using var stream = await StreamAsync(agent, "works-p1", 0, null);
        var pets = (await stream.UntilAsync(line => line.Work?.Name == "w-pets")).Work!.Pets!;
        (pets.Run.ShouldHaveSingleItem().Ordinal, pets.Peers[1].Cluster).ShouldBe((0, "works-p2"));

        var cluster = await gateway.Client.GetAsync<Cluster>("works-p2");
        await gateway.Client.ReplaceAsync(cluster with { Spec = cluster.Spec with { Addresses = ["192.0.2.77"] } });

        var peers = (await stream.UntilAsync(line => line.Work?.Pets?.Peers[1].Address == "192.0.2.77")).Work!.Pets!.Peers;
        peers[1].Ports["peer"].ShouldBe(2401);
    }

    [Fact]
    public async Task Works_Resumed_SendsWhatChangedSinceAndRepeatsRemovals()
    {
        using var agent = await gateway.JoinAsync("works-c");
        await gateway.StoreAsync(NewApp("w-same", ("works-c", 1, SharePhase.Active)));
        await gateway.StoreAsync(NewApp("w-leaving", ("works-c", 0, SharePhase.Withdrawing)));
        var since = await gateway.StoreAsync(NewApp("w-changes", ("works-c", 1, SharePhase.Active)));
        var store = (await gateway.Store.ReadIdentityAsync(CancellationToken.None)).ToString();
        var newest = await gateway.StoreAsync(NewApp("w-changes", ("works-c", 4, SharePhase.Active)));

        await using var stream = await StreamAsync(agent, "works-c", since, store);
        await stream.UntilAsync(line => line.Type == WorkEventType.Bookmark && line.Revision >= newest);

        stream.Seen.ShouldNotContain(line => line.Type == WorkEventType.Snapshot);
        // The cluster that has just joined wakes the apps on it, whose grains may have written them once more.
        stream.Seen.Any(line => line.Work is { Name: "w-changes", Replicas: 4 }).ShouldBeTrue();
        stream.Seen.Where(line => line.Work is not null).ShouldAllBe(line => line.Work!.Revision > since, "what has not changed since is not sent");
        stream.Seen.Where(line => line.Tombstone is not null).ShouldHaveSingleItem().Tombstone!.Name.ShouldBe("w-leaving");
        // Whoever resumes from a line before the bookmark must get it again.
        stream.Seen.Where(line => line.Type != WorkEventType.Bookmark).ShouldAllBe(line => line.Revision == since);
    }

    [Fact]
    public async Task Works_OtherStore_IsASnapshot()
    {
        using var agent = await gateway.JoinAsync("works-d");
        await using var stream = await StreamAsync(agent, "works-d", 1, Guid.NewGuid().ToString());

        (await stream.NextAsync()).Type.ShouldBe(WorkEventType.Snapshot);
    }

    [Fact]
    public async Task Works_ShareWithdrawn_IsATombstone_AwayIsSilent()
    {
        using var agent = await gateway.JoinAsync("works-e");
        await gateway.StoreAsync(NewApp("w-withdrawn", ("works-e", 2, SharePhase.Active)));
        await gateway.StoreAsync(NewApp("w-away", ("works-e", 2, SharePhase.Active)));
        await using var stream = await StreamAsync(agent, "works-e", 0, null);
        await stream.UntilAsync(line => line.Type == WorkEventType.Bookmark);

        await gateway.StoreAsync(NewApp("w-away", ("works-e", 0, SharePhase.Away)));
        var revision = await gateway.StoreAsync(NewApp("w-withdrawn", ("works-e", 0, SharePhase.Withdrawing)));
        var tombstone = (await stream.UntilAsync(line => line.Type == WorkEventType.Tombstone)).Tombstone!;

        (tombstone.Name, tombstone.Revision).ShouldBe(("w-withdrawn", revision));
        await stream.UntilAsync(line => line.Type == WorkEventType.Bookmark && line.Revision >= revision);
        stream.Seen.Count(line => line.Tombstone is not null).ShouldBe(1);
    }

    [Fact]
    public async Task Works_ConfirmedMeanwhile_RemovalIsSaidAgainForALaterWithdrawal()
    {
        using var agent = await gateway.JoinAsync("works-f");
        var app = NewApp("w-again", ("works-f", 0, SharePhase.Withdrawing));
        var first = await gateway.StoreAsync(app);
        await using var stream = await StreamAsync(agent, "works-f", 0, null);
        await stream.UntilAsync(line => line.Type == WorkEventType.Tombstone);

        await gateway.StoreAsync(app with { Status = app.Status with { Clusters = [app.Status.Clusters[0] with { WithdrawnAfter = first }] } });
        var again = await stream.UntilAsync(line => line.Type == WorkEventType.Tombstone);

        again.Tombstone!.Revision.ShouldBeGreaterThan(first);
    }

    [Fact]
    public async Task Works_WishesForTheMachines_AreInEveryBookmark()
    {
        using var agent = await gateway.JoinAsync("works-h");
        await using var stream = await StreamAsync(agent, "works-h", 0, null);
        (await stream.UntilAsync(line => line.Type == WorkEventType.Bookmark)).Nodes.ShouldBeEmpty();

        (await gateway.SendAsync(HttpMethod.Patch, "/apis/federation/v1/clusters/works-h", """{"spec":{"nodes":[{"name":"n1","drain":true}]}}""", "application/merge-patch+json")).Code.ShouldBe(System.Net.HttpStatusCode.OK);
        var told = await stream.UntilAsync(line => line.Type == WorkEventType.Bookmark && line.Nodes.Count > 0);
        told.Nodes.ShouldHaveSingleItem().ShouldSatisfyAllConditions(node => (node.Name, node.Drain).ShouldBe(("n1", true)));
        (await stream.UntilAsync(line => line.Type == WorkEventType.Bookmark)).Nodes.Count.ShouldBe(1, "a bookmark says all that is wanted");

        (await gateway.SendAsync(HttpMethod.Patch, "/apis/federation/v1/clusters/works-h", """{"spec":{"nodes":null}}""", "application/merge-patch+json")).Code.ShouldBe(System.Net.HttpStatusCode.OK);
        await stream.UntilAsync(line => line.Type == WorkEventType.Bookmark && line.Nodes.Count == 0);
    }

    [Fact]
    public async Task Works_TombstonesOfTheCluster_AreSent()
    {
        using var agent = await gateway.JoinAsync("works-g");
        await using var stream = await StreamAsync(agent, "works-g", 0, null);
        await stream.UntilAsync(line => line.Type == WorkEventType.Bookmark);

        await gateway.Grains.GetGrain<Grains.Clusters.IMemberClusterGrain>("Cluster//works-g")
            .BuryAsync(new PendingTombstone { Uid = "gone-uid", Kind = "App", Namespace = "default", Name = "gone", Revision = 7 }, CancellationToken.None);

        (await stream.UntilAsync(line => line.Type == WorkEventType.Tombstone)).Tombstone!.Uid.ShouldBe("gone-uid");
    }

    [Fact]
    public async Task Works_Idle_ShowsSignsOfLife()
    {
        using var agent = await gateway.JoinAsync("works-h");
        await using var stream = await StreamAsync(agent, "works-h", 0, null);

        for (var index = 0; index < 3; index++)
            await stream.UntilAsync(line => line.Type == WorkEventType.Bookmark);
    }

    private static App NewApp(string name, params (string Cluster, int Replicas, SharePhase Phase)[] shares) => new()
    {
        Metadata = new ObjectMeta { Name = name, Namespace = "default", Uid = $"uid-{name}", Generation = 1 },
        Spec = new AppSpec { Replicas = shares.Sum(share => share.Replicas), Template = new PodTemplate { Spec = new PodSpec { Containers = [new ContainerSpec { Name = "c", Image = "i" }] } } },
        Status = new AppStatus { Clusters = [.. shares.Select(share => new ClusterShare { Cluster = share.Cluster, Region = "us-east", Replicas = share.Replicas, Phase = share.Phase })] },
    };

    private static Task<Stream> StreamAsync(AgentClient agent, string cluster, long since, string? store)
    {
        var stop = new CancellationTokenSource(Deadline);
        return Task.FromResult(new Stream(agent.WorksAsync(cluster, since, store, cancellationToken: stop.Token).GetAsyncEnumerator(stop.Token), stop));
    }

    private sealed class Stream(IAsyncEnumerator<WorkEvent> events, CancellationTokenSource stop) : IAsyncDisposable
    {
        public List<WorkEvent> Seen { get; } = [];

        public IEnumerable<string?> Names => Seen.Select(line => line.Work?.Name ?? line.Tombstone?.Name);

        public async Task<WorkEvent> NextAsync()
        {
            (await events.MoveNextAsync()).ShouldBeTrue();
            Seen.Add(events.Current);
            return events.Current;
        }

        public async Task<WorkEvent> UntilAsync(Func<WorkEvent, bool> condition)
        {
            while (true)
            {
                if (condition(await NextAsync()))
                    return Seen[^1];
            }
        }

        public async ValueTask DisposeAsync()
        {
            await stop.CancelAsync();
            try
            {
                await events.DisposeAsync();
            }
            catch (OperationCanceledException)
            {
                // How a stream without end ends.
            }

            stop.Dispose();
        }
    }
}
