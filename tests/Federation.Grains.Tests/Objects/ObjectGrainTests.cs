using System.Text;
using Federation.Api;
using Federation.Api.Clusters;
using Federation.Api.Core;
using Federation.Api.Meta;
using Federation.Grains.Objects;
using Federation.Storage;

namespace Federation.Grains.Tests.Objects;

public sealed class ObjectGrainTests : IAsyncLifetime
{
    private GrainHarness _plane = null!;

    public async Task InitializeAsync() => _plane = await GrainHarness.StartAsync();

    public async Task DisposeAsync() => await _plane.DisposeAsync();

    [Fact]
    public async Task Create_NewObject_GetsServerFieldsAndIsDurable()
    {
        var created = await _plane.CreateAsync(Cluster("us-east") with { Status = new ClusterStatus { Nodes = 7 } });

        created.Metadata.Uid.ShouldNotBeNullOrEmpty();
        created.Metadata.Generation.ShouldBe(1);
        created.Metadata.CreationTimestamp.ShouldBe(_plane.Time.GetUtcNow());
        created.Status.Nodes.ShouldBe(0, "a status cannot be created");
        var stored = await _plane.ReadClusterAsync("us-east");
        stored!.Metadata.Uid.ShouldBe(created.Metadata.Uid);
        stored.Revision()!.Value.ShouldBeGreaterThanOrEqualTo(created.Revision()!.Value);
    }

    [Fact]
    public async Task Create_NameIsTaken_AlreadyExists()
    {
        await _plane.CreateAsync(Cluster("us-east"));

        var second = await _plane.WriteAsync(Cluster("us-east"), WriteVerb.Create);

        second.Failure!.Reason.ShouldBe(StatusReasons.AlreadyExists);
        second.Failure.Code.ShouldBe(409);
    }

    [Fact]
    public async Task Create_ThreeMistakes_AllThreeAreNamedAndNothingChanges()
    {
        var before = await _plane.Store.ReadCurrentRevisionAsync(CancellationToken.None);

        var result = await _plane.Cluster("us-east").WriteAsync(
            new WriteCommand
            {
                Verb = WriteVerb.Create,
                Body = Encoding.UTF8.GetBytes("""{"apiVersion":"federation/v1","kind":"Cluster","spec":{"region":"","regoin":"x","addresses":["nowhere"]}}"""),
            },
            CancellationToken.None);

        result.Failure!.Code.ShouldBe(422);
        result.Failure.Details!.Causes.Select(cause => cause.Field).ShouldBe(["spec.regoin", "spec.region", "spec.addresses[0]"], ignoreOrder: true);
        (await _plane.Store.ReadCurrentRevisionAsync(CancellationToken.None)).ShouldBe(before);
        (await _plane.ReadClusterAsync("us-east")).ShouldBeNull();
    }

    [Fact]
    public async Task Create_DryRun_AnswersAndWritesNothing()
    {
        var result = await _plane.WriteAsync(Cluster("us-east"), WriteVerb.Create, dryRun: true);

        result.Created.ShouldBeTrue();
        ((Cluster)result.Object!).Spec.LeaseDuration.ShouldNotBeNull("defaults are filled in");
        (await _plane.ReadClusterAsync("us-east")).ShouldBeNull();
    }

    [Fact]
    public async Task Replace_OldRevision_ConflictAndNothingChanges()
    {
        var first = await _plane.CreateAsync(Cluster("us-east"));
        // Without a revision: the cluster's own first reconcile may have written its status by now.
        var second = await _plane.WriteAsync(WithoutRevision(first with { Spec = first.Spec with { Provider = "a" } }), WriteVerb.Replace);
        second.Failure.ShouldBeNull();

        var late = await _plane.WriteAsync(first with { Spec = first.Spec with { Provider = "b" } }, WriteVerb.Replace);

        late.Failure!.Reason.ShouldBe(StatusReasons.Conflict);
        (await _plane.ReadClusterAsync("us-east"))!.Spec.Provider.ShouldBe("a");
    }

    [Fact]
    public async Task Replace_SpecChanged_GenerationGrows()
    {
        var first = await _plane.CreateAsync(Cluster("us-east"));

        var spec = await _plane.WriteAsync(WithoutRevision(first with { Spec = first.Spec with { Unschedulable = true } }), WriteVerb.Replace);
        var labels = await _plane.PatchAsync(first.Key, """{"metadata":{"labels":{"tier":"prod"}}}""");

        spec.Object!.Metadata.Generation.ShouldBe(2);
        labels.Object!.Metadata.Generation.ShouldBe(2, "labels are no spec");
        labels.Object.Metadata.Labels["tier"].ShouldBe("prod");
        labels.Object.Metadata.Uid.ShouldBe(first.Metadata.Uid);
    }

    [Fact]
    public async Task Replace_NothingChanged_NothingIsWritten()
    {
        var home = await _plane.CreateAsync(new Namespace { Metadata = new ObjectMeta { Name = "shop" } });
        var before = await _plane.Store.ReadCurrentRevisionAsync(CancellationToken.None);

        var result = await _plane.WriteAsync(home, WriteVerb.Replace);

        result.Failure.ShouldBeNull();
        result.Object!.Metadata.ResourceVersion.ShouldBe(home.Metadata.ResourceVersion);
        (await _plane.Store.ReadCurrentRevisionAsync(CancellationToken.None)).ShouldBe(before);
    }

    [Fact]
    public async Task Write_MainAndStatusSubresource_EachLeavesTheOtherAlone()
    {
        var created = await _plane.CreateAsync(Cluster("us-east"));
        var both = created with { Spec = created.Spec with { Provider = "x" }, Status = created.Status with { Nodes = 3 } };

        var status = (Cluster)(await _plane.WriteAsync(WithoutRevision(both), WriteVerb.Replace, subresource: WriteCommand.StatusSubresource)).Object!;
        var spec = (Cluster)(await _plane.WriteAsync(WithoutRevision(both with { Status = new ClusterStatus { Nodes = 9 } }), WriteVerb.Replace)).Object!;

        (status.Spec.Provider, status.Status.Nodes).ShouldBe((null, 3));
        (spec.Spec.Provider, spec.Status.Nodes).ShouldBe(("x", 3));
    }

    [Fact]
    public async Task Patch_NullRemovesAndWrongFieldIsRefused()
    {
        var created = await _plane.CreateAsync(Cluster("us-east") with { Spec = new ClusterSpec { Region = "us", Provider = "x" } });

        var removed = await _plane.PatchAsync(created.Key, """{"spec":{"provider":null}}""");
        var refused = await _plane.PatchAsync(created.Key, """{"spec":{"addresses":"127.0.0.1"}}""");

        ((Cluster)removed.Object!).Spec.Provider.ShouldBeNull();
        refused.Failure!.Code.ShouldBe(422);
        refused.Failure.Details!.Causes.ShouldHaveSingleItem().Field.ShouldBe("spec.addresses");
    }

    [Fact]
    public async Task Delete_ForeignFinalizer_StaysUntilItIsRemoved()
    {
        var home = await _plane.CreateAsync(new Namespace { Metadata = new ObjectMeta { Name = "shop", Finalizers = ["example.com/wait"] } });

        var deleted = await _plane.DeleteAsync(home.Key);
        await _plane.UntilAsync(
            async () => (await _plane.ReadAsync<Namespace>(home.Key))?.Metadata.Finalizers is ["example.com/wait"], "only the foreign finalizer is left");
        var freed = await _plane.PatchAsync(home.Key, """{"metadata":{"finalizers":null}}""");

        deleted.Object!.IsDeleting.ShouldBeTrue();
        deleted.Removed.ShouldBeFalse();
        freed.Removed.ShouldBeTrue();
        (await _plane.ReadAsync<Namespace>(home.Key)).ShouldBeNull();
    }

    [Fact]
    public async Task Delete_Preconditions_RefuseAnotherObject()
    {
        var home = await _plane.CreateAsync(new Namespace { Metadata = new ObjectMeta { Name = "shop" } });

        (await _plane.DeleteAsync(home.Key, uid: "another")).Failure!.Reason.ShouldBe(StatusReasons.Conflict);
        (await _plane.DeleteAsync(home.Key, resourceVersion: "1")).Failure!.Reason.ShouldBe(StatusReasons.Conflict);
        (await _plane.DeleteAsync(ObjectKey.ClusterScoped("Namespace", "nowhere"))).Failure!.Code.ShouldBe(404);
        (await _plane.DeleteAsync(home.Key, home.Metadata.Uid, home.Metadata.ResourceVersion)).Failure.ShouldBeNull();
    }

    [Fact]
    public async Task Delete_ThenCreate_AnotherUid()
    {
        var first = await _plane.CreateAsync(new Namespace { Metadata = new ObjectMeta { Name = "shop" } });
        await _plane.DeleteAsync(first.Key);
        await _plane.UntilAsync(async () => await _plane.ReadAsync<Namespace>(first.Key) is null, "the namespace is gone");

        var second = await _plane.CreateAsync(new Namespace { Metadata = new ObjectMeta { Name = "shop" } });

        second.Metadata.Uid.ShouldNotBe(first.Metadata.Uid);
        second.Metadata.Generation.ShouldBe(1);
    }

    [Fact]
    public async Task Create_NamespaceMissingOrTerminating_IsRefused()
    {
        await _plane.CreateAsync(new Namespace { Metadata = new ObjectMeta { Name = "ending", Finalizers = ["example.com/wait"] } });
        await _plane.DeleteAsync(ObjectKey.ClusterScoped("Namespace", "ending"));

        var missing = await _plane.WriteAsync(Sample.App(1) with { Metadata = new ObjectMeta { Name = "web", Namespace = "nowhere" } }, WriteVerb.Create);
        var ending = await _plane.WriteAsync(Sample.App(1) with { Metadata = new ObjectMeta { Name = "web", Namespace = "ending" } }, WriteVerb.Create);

        missing.Failure!.Code.ShouldBe(404);
        ending.Failure!.Code.ShouldBe(403);
    }

    [Fact]
    public async Task Write_StoreIsFull_SaysSoAndWorksAgainAfterwards()
    {
        var created = await _plane.CreateAsync(Cluster("us-east"));
        _plane.Store.Down = StoreUnavailableReason.DiskFull;

        var refused = await _plane.PatchAsync(created.Key, """{"spec":{"provider":"x"}}""");
        var fresh = await _plane.WriteAsync(Cluster("eu-west"), WriteVerb.Create);
        _plane.Store.Down = null;
        var accepted = await _plane.PatchAsync(created.Key, """{"spec":{"provider":"y"}}""");

        refused.Failure!.Code.ShouldBe(503);
        refused.Failure.Message!.ShouldContain("DiskFull");
        fresh.Failure!.Code.ShouldBe(503, "a grain that cannot even be read gives the reason too");
        ((Cluster)accepted.Object!).Spec.Provider.ShouldBe("y");
        (await _plane.WriteAsync(Cluster("eu-west"), WriteVerb.Create)).Failure.ShouldBeNull();
    }

    [Fact]
    public async Task Write_AnswerOfTheStoreIsLost_NextWriteSeesWhatWasMade()
    {
        var created = await _plane.CreateAsync(Cluster("us-east"));
        await _plane.UntilAsync(async () => await IsSettledAsync(created.Key), "the first reconcile is over");
        _plane.Store.Count();
        (_plane.Store.FailAt, _plane.Store.FailAfter) = (1, true);

        var lost = await _plane.PatchAsync(created.Key, """{"spec":{"provider":"x"}}""");
        var next = await _plane.PatchAsync(created.Key, """{"spec":{"zone":"us-1"}}""");

        lost.Failure!.Code.ShouldBe(503);
        next.Failure.ShouldBeNull();
        ((Cluster)next.Object!).Spec.ShouldSatisfyAllConditions(spec => spec.Provider.ShouldBe("x"), spec => spec.Zone.ShouldBe("us-1"));
        next.Object.Metadata.Generation.ShouldBe(3);
    }

    private async Task<bool> IsSettledAsync(ObjectKey key) => (await _plane.Store.GetAsync(key, CancellationToken.None)) is { ReconcileDue: null };

    private static Cluster Cluster(string name) => new() { Metadata = new ObjectMeta { Name = name }, Spec = new ClusterSpec { Region = "us" } };

    private static T WithoutRevision<T>(T resource)
        where T : Resource => (T)(resource with { Metadata = resource.Metadata with { ResourceVersion = null } });
}
