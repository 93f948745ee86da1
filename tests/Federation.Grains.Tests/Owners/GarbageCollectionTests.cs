using Federation.Api;
using Federation.Api.Core;
using Federation.Api.Meta;
using Federation.Grains.Objects;

namespace Federation.Grains.Tests.Owners;

public sealed class GarbageCollectionTests : IAsyncLifetime
{
    private GrainHarness _plane = null!;

    public async Task InitializeAsync() => _plane = await GrainHarness.StartAsync();

    public async Task DisposeAsync() => await _plane.DisposeAsync();

    [Fact]
    public async Task Background_OwnerGone_DependentsFollowThroughGenerations()
    {
        var owner = await CreateAsync("owner");
        var child = await CreateAsync("child", owner);
        var grandchild = await CreateAsync("grandchild", child);
        var stranger = await CreateAsync("stranger");

        (await DeleteAsync(owner, DeletePropagation.Background)).Removed.ShouldBeTrue();

        await GoneAsync(child);
        await GoneAsync(grandchild);
        (await ReadAsync(stranger)).ShouldNotBeNull();
    }

    [Fact]
    public async Task Background_AnotherOwnerIsLeft_DependentStays()
    {
        var (first, second) = (await CreateAsync("first"), await CreateAsync("second"));
        var shared = await CreateAsync("shared", first, second);

        await DeleteAsync(first, DeletePropagation.Background);
        var probe = await CreateAsync("probe", first);
        await GoneAsync(probe);

        (await ReadAsync(shared)).ShouldNotBeNull();
        await DeleteAsync(second, DeletePropagation.Background);
        await GoneAsync(shared);
    }

    [Fact]
    public async Task Background_OwnerOfAKindNobodyKnowsHere_DependentStays()
    {
        var foreign = new OwnerReference { ApiVersion = "apps/v1", Kind = "Deployment", Name = "web", Uid = "u-1" };
        var dependent = await _plane.CreateAsync(Map("dependent") with { Metadata = new ObjectMeta { Name = "dependent", Namespace = "default", OwnerReferences = [foreign] } });
        var probe = await _plane.CreateAsync(Map("probe") with { Metadata = new ObjectMeta { Name = "probe", Namespace = "default", OwnerReferences = [foreign with { ApiVersion = "v1", Kind = "ConfigMap" }] } });

        await GoneAsync(probe);

        (await ReadAsync(dependent)).ShouldNotBeNull();
    }

    [Fact]
    public async Task Foreground_DependentsThatBlock_GoBeforeTheOwner()
    {
        var owner = await CreateAsync("owner");
        var held = await _plane.CreateAsync(Map("held") with
        {
            Metadata = new ObjectMeta { Name = "held", Namespace = "default", Finalizers = ["example.com/wait"], OwnerReferences = [Reference(owner) with { BlockOwnerDeletion = true }] },
        });

        var result = await DeleteAsync(owner, DeletePropagation.Foreground);

        result.Removed.ShouldBeFalse();
        result.Object!.Metadata.Finalizers.ShouldBe([FinalizerNames.Foreground]);
        await _plane.UntilAsync(async () => (await ReadAsync(held))?.IsDeleting == true, "the dependent is asked to go");
        (await ReadAsync(owner)).ShouldNotBeNull();
        await _plane.PatchAsync(held.Key, """{"metadata":{"finalizers":null}}""");
        await GoneAsync(owner);
        (await ReadAsync(held)).ShouldBeNull();
    }

    [Fact]
    public async Task Orphan_DependentsStayWithoutTheReference()
    {
        var owner = await CreateAsync("owner");
        var other = await CreateAsync("other");
        var child = await CreateAsync("child", owner, other);

        await DeleteAsync(owner, DeletePropagation.Orphan);

        await GoneAsync(owner);
        (await ReadAsync(child))!.Metadata.OwnerReferences.ShouldHaveSingleItem().Name.ShouldBe("other");
    }

    [Fact]
    public async Task Foreground_CrashInTheMiddle_IsFinishedAfterwards()
    {
        var owner = await CreateAsync("owner");
        var held = await _plane.CreateAsync(Map("held") with
        {
            Metadata = new ObjectMeta { Name = "held", Namespace = "default", Finalizers = ["example.com/wait"], OwnerReferences = [Reference(owner) with { BlockOwnerDeletion = true }] },
        });
        await DeleteAsync(owner, DeletePropagation.Foreground);

        await _plane.CrashAsync();
        await _plane.UntilAsync(async () => (await ReadAsync(held))?.IsDeleting == true, "the dependent is asked to go");
        await _plane.PatchAsync(held.Key, """{"metadata":{"finalizers":null}}""");

        await GoneAsync(owner);
    }

    private async Task<ConfigMap> CreateAsync(string name, params ConfigMap[] owners) => await _plane.CreateAsync(
        Map(name) with { Metadata = new ObjectMeta { Name = name, Namespace = "default", OwnerReferences = [.. owners.Select(Reference)] } });

    private Task<WriteResult> DeleteAsync(ConfigMap map, DeletePropagation propagation) =>
        _plane.Grain(map).WriteAsync(new WriteCommand { Verb = WriteVerb.Delete, Propagation = propagation }, CancellationToken.None);

    private Task<ConfigMap?> ReadAsync(ConfigMap map) => _plane.ReadAsync<ConfigMap>(map.Key);

    private Task GoneAsync(ConfigMap map) => _plane.UntilAsync(async () => await ReadAsync(map) is null, $"{map.Metadata.Name} is gone");

    private static ConfigMap Map(string name) => new() { Metadata = new ObjectMeta { Name = name, Namespace = "default" } };

    private static OwnerReference Reference(ConfigMap owner) => new() { ApiVersion = "v1", Kind = "ConfigMap", Name = owner.Metadata.Name, Uid = owner.Metadata.Uid! };
}
