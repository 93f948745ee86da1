using Federation.Api;
using Federation.Api.Apps;
using Federation.Api.Core;
using Federation.Api.Json;
using Federation.Api.Meta;
using Federation.Grains.Objects;
using Federation.Storage;

namespace Federation.Grains.Tests.Resources;

public sealed class NamespaceTests : IAsyncLifetime
{
    private static readonly ObjectKey Shop = ObjectKey.ClusterScoped(Namespace.KindName, "shop");

    private GrainHarness _plane = null!;

    public async Task InitializeAsync()
    {
        _plane = await GrainHarness.StartAsync();
        await _plane.CreateAsync(new Namespace { Metadata = new ObjectMeta { Name = "shop" } });
    }

    public async Task DisposeAsync() => await _plane.DisposeAsync();

    [Fact]
    public async Task Delete_WithContentsOfEveryKind_EmptiesItAndGoes()
    {
        var agent = await _plane.StartClusterAsync("a", "us");
        var app = await _plane.CreateAsync(Sample.App(replicas: 2) with { Metadata = new ObjectMeta { Name = "web", Namespace = "shop" } });
        await _plane.CreateAsync(NewMap("settings"));
        await _plane.CreateAsync(new Secret { Metadata = new ObjectMeta { Name = "password", Namespace = "shop" } });
        await _plane.CreateAsync(NewMap("kept") with { Metadata = new ObjectMeta { Name = "kept", Namespace = "default" } });
        await _plane.UntilAsync(async () => (await agent.ReportAsync()).Acknowledged > 0 && agent.Running == 2, "the app runs", agent);

        var answer = await _plane.DeleteAsync(Shop);
        answer.Removed.ShouldBeFalse();
        var refused = await _plane.WriteAsync(NewMap("late"), WriteVerb.Create);
        (refused.Failure!.Code, refused.Failure.Reason, refused.Failure.Details!.Causes.Single().Reason).ShouldBe((403, StatusReasons.Forbidden, "NamespaceTerminating"));

        // The app goes only when its cluster has confirmed; a crash in between changes nothing.
        await _plane.UntilAsync(async () => (await _plane.ReadAsync<Namespace>(Shop))?.Status.Phase == "Terminating", "it says that it goes");
        await _plane.CrashAsync();
        agent.Restart();
        await _plane.UntilAsync(async () =>
        {
            _plane.Time.Advance(TimeSpan.FromSeconds(1));
            return await _plane.ReadAsync<Namespace>(Shop) is null;
        }, "the namespace is gone", agent);

        agent.Running.ShouldBe(0);
        (await _plane.ReadAsync<App>(app.Key)).ShouldBeNull();
        foreach (var kind in Kinds.All.Where(kind => kind is { IsNamespaced: true, Storage: KindStorage.Stored }))
            (await _plane.Store.ReadSnapshotAsync(kind.Kind, CancellationToken.None)).Objects.ShouldNotContain(stored => stored.Key.Namespace == "shop", kind.Kind);
        (await _plane.ReadAsync<ConfigMap>(new ObjectKey(ConfigMap.KindName, "default", "kept"))).ShouldNotBeNull();
    }

    [Fact]
    public async Task Delete_Default_IsForbidden() =>
        (await _plane.DeleteAsync(ObjectKey.ClusterScoped(Namespace.KindName, "default"))).Failure!.Code.ShouldBe(403);

    [Fact]
    public async Task Create_LetInJustBeforeTheNamespaceWent_IsRemovedAfterIt()
    {
        await _plane.DeleteAsync(Shop);
        await _plane.UntilAsync(async () => await _plane.ReadAsync<Namespace>(Shop) is null, "the namespace is gone");

        // As a silo writes that looked at the namespace a moment too early.
        var late = NewMap("late") with { Metadata = new ObjectMeta { Name = "late", Namespace = "shop", Uid = "late-uid", Generation = 1 } };
        await _plane.Store.WriteAsync(new ObjectWrite.Put(late.Key, "late-uid", 1, ApiJson.Write(late), null, 0), CancellationToken.None);

        await _plane.UntilAsync(async () => await _plane.ReadAsync<ConfigMap>(late.Key) is null, "nothing stays behind");
    }

    [Fact]
    public async Task Event_OlderThanItsLife_IsRemovedByItsOwnTimer()
    {
        var key = new ObjectKey(Event.KindName, "shop", "old");
        await _plane.CreateAsync(new Event
        {
            Metadata = new ObjectMeta { Name = "old", Namespace = "shop" },
            InvolvedObject = new ObjectReference { Kind = "App", Namespace = "shop", Name = "web" },
            Reason = "Test",
            LastTimestamp = _plane.Time.GetUtcNow(),
        });
        _plane.Time.Advance(TimeSpan.FromMinutes(59));
        (await _plane.ReadAsync<Event>(key)).ShouldNotBeNull();

        await _plane.UntilAsync(async () =>
        {
            _plane.Time.Advance(TimeSpan.FromSeconds(30));
            return await _plane.ReadAsync<Event>(key) is null;
        }, "the event is gone");
    }

    private static ConfigMap NewMap(string name) =>
        new() { Metadata = new ObjectMeta { Name = name, Namespace = "shop" }, Data = new Dictionary<string, string> { ["a"] = "b" } };
}
