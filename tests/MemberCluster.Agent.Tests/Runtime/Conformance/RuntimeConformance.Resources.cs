using System.Collections.Immutable;
using System.Net;
using Federation.TestKit.Docker;
using MemberCluster.Agent.Runtime;

namespace MemberCluster.Agent.Tests.Runtime.Conformance;

public abstract partial class RuntimeConformance
{
    [Fact]
    public async Task Network_Shared_HasNoAddressOfItsOwn()
    {
        var first = await RunAsync(Spec("a"));
        var byId = await RunAsync(Spec("b") with { Network = new ContainerNetwork.SharedWith(first) });
        var byName = await RunAsync(Spec("c") with { Network = new ContainerNetwork.SharedWith(Name("a")) });
        foreach (var id in (string[])[byId, byName])
        {
            var container = await Containers.InspectAsync(id, Token);
            container.SharesNetworkOf.ShouldBe(first);
            container.IpAddress.ShouldBeNull();
        }

        (await Containers.InspectAsync(first, Token)).SharesNetworkOf.ShouldBeNull();
    }

    [Fact]
    public async Task Network_SharedContainerEnded_IsConflict()
    {
        var first = await Containers.CreateAsync(Spec("a"), Token);
        var second = await Containers.CreateAsync(Spec("b") with { Network = new ContainerNetwork.SharedWith(first) }, Token);
        await FailsAsync(RuntimeFailure.Conflict, () => Containers.StartAsync(second, Token));
    }

    [Fact]
    public async Task Network_SharedContainerMissing_IsNotFound() =>
        await FailsAsync(RuntimeFailure.NotFound, () => Containers.CreateAsync(Spec("b") with { Network = new ContainerNetwork.SharedWith(Name("missing")) }, Token));

    [Fact]
    public async Task Network_None_HasNoAddress()
    {
        var id = await RunAsync(Spec("a") with { Network = new ContainerNetwork.None() });
        (await Containers.InspectAsync(id, Token)).IpAddress.ShouldBeNull();
    }

    [Fact]
    public async Task Network_Named_GivesAnAddressOfItsSubnet()
    {
        var network = await NetworkAsync("net");
        var id = await RunAsync(Spec("a") with { Network = new ContainerNetwork.Named(network.Name) { Aliases = ["alias"] } });
        var address = IPAddress.Parse((await Containers.InspectAsync(id, Token)).IpAddress.ShouldNotBeNull());
        IPNetwork.Parse(network.Subnet.ShouldNotBeNull()).Contains(address).ShouldBeTrue();
        network.Gateway.ShouldNotBeNull();

        await FailsAsync(RuntimeFailure.Conflict, () => Runtime.Networks.RemoveAsync(network.Name, Token));
        await Containers.RemoveAsync(id, force: true, Token);
        (await Runtime.Networks.RemoveAsync(network.Name, Token)).ShouldBeTrue();
        (await Runtime.Networks.RemoveAsync(network.Name, Token)).ShouldBeFalse();
    }

    [Fact]
    public async Task Network_Ensured_IsMadeOnce()
    {
        var first = await NetworkAsync("net");
        var second = await NetworkAsync("net");
        second.Id.ShouldBe(first.Id);
        (await Runtime.Networks.ListAsync([OwnLabel], Token)).ShouldHaveSingleItem().Name.ShouldBe(first.Name);
        (await Runtime.Networks.ListAsync([OwnLabel, "color"], Token)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Network_EnsuredByManyAtOnce_IsMadeOnce()
    {
        await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => NetworkAsync("net")));
        (await Runtime.Networks.ListAsync([OwnLabel], Token)).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Network_Missing_StartIsNotFound()
    {
        var network = await NetworkAsync("net");
        var id = await Containers.CreateAsync(Spec("a") with { Network = new ContainerNetwork.Named(network.Name) }, Token);
        await Runtime.Networks.RemoveAsync(network.Name, Token);
        await FailsAsync(RuntimeFailure.NotFound, () => Containers.StartAsync(id, Token));
    }

    [Fact]
    public async Task Volume_Ensured_IsMadeOnceAndListed()
    {
        var first = await VolumeAsync("v");
        first.Name.ShouldBe(Name("v"));
        first.Path.ShouldNotBeEmpty();
        (await Runtime.Volumes.EnsureAsync(first.Name, ImmutableDictionary<string, string>.Empty, Token)).Labels[DockerEngine.TestLabel].ShouldBe(first.Labels[DockerEngine.TestLabel]);
        (await Runtime.Volumes.ListAsync([OwnLabel], Token)).ShouldHaveSingleItem().Name.ShouldBe(first.Name);
        (await Runtime.Volumes.ListAsync([OwnLabel, "color"], Token)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Volume_Used_CannotBeRemoved()
    {
        var volume = await VolumeAsync("v");
        var id = await Containers.CreateAsync(Spec("a") with { Mounts = [new ContainerMount.Volume(volume.Name) { Target = "/data" }] }, Token);
        await FailsAsync(RuntimeFailure.Conflict, () => Runtime.Volumes.RemoveAsync(volume.Name, Token));
        await Containers.RemoveAsync(id, force: true, Token);
        (await Runtime.Volumes.ListAsync([OwnLabel], Token)).ShouldHaveSingleItem("a named volume outlives its container");
        (await Runtime.Volumes.RemoveAsync(volume.Name, Token)).ShouldBeTrue();
        (await Runtime.Volumes.RemoveAsync(volume.Name, Token)).ShouldBeFalse();
    }

    [Fact]
    public async Task Image_Here_IsFoundAndListed()
    {
        var image = (await Runtime.Images.FindAsync(Image, Token)).ShouldNotBeNull();
        image.Id.ShouldStartWith("sha256:");
        image.Tags.ShouldContain(Image);
        image.SizeBytes.ShouldBeGreaterThan(0);
        (await Runtime.Images.ListAsync(Token)).Select(listed => listed.Id).ShouldContain(image.Id);
        (await Runtime.Images.FindAsync(image.Id, Token)).ShouldNotBeNull().Id.ShouldBe(image.Id);
        (await Runtime.Images.FindAsync("federation.test/nothing:1", Token)).ShouldBeNull();
        await FailsAsync(RuntimeFailure.InvalidImageName, () => Runtime.Images.FindAsync("NO NAME", Token));
    }

    [Fact]
    public async Task Image_Imported_CanBeRunAndRemovedWhenUnused()
    {
        var reference = $"federation.test/{Name("image")}:1";
        var id = await Runtime.Images.ImportAsync(await BusyboxImage.CreateTarAsync(), new ImageImport(reference, ["ENV COLOR=red"]), Token);
        (await Runtime.Images.FindAsync(reference, Token)).ShouldNotBeNull().Id.ShouldBe(id);

        var container = await Containers.CreateAsync(Spec("a") with { Image = reference }, Token);
        await FailsAsync(RuntimeFailure.Conflict, () => Runtime.Images.RemoveAsync(reference, force: false, Token));
        await Containers.RemoveAsync(container, force: true, Token);
        (await Runtime.Images.RemoveAsync(reference, force: false, Token)).ShouldBeTrue();
        (await Runtime.Images.RemoveAsync(reference, force: false, Token)).ShouldBeFalse();
    }

    [Fact]
    public async Task Pull_NoImageName_IsInvalidImageName() =>
        await FailsAsync(RuntimeFailure.InvalidImageName, () => Runtime.Images.PullAsync("NO NAME", auth: null, progress: null, Token));

    [Fact]
    public async Task Info_Engine_DescribesItself()
    {
        await Runtime.PingAsync(Token);
        var info = await Runtime.GetInfoAsync(Token);
        info.Id.ShouldNotBeEmpty();
        info.Name.ShouldNotBeEmpty();
        info.Version.ShouldNotBeEmpty();
        info.ApiVersion.ShouldMatch(@"^1\.\d+$");
        info.Architecture.ShouldBeOneOf("amd64", "arm64");
        info.Cpus.ShouldBeGreaterThan(0);
        info.MemoryBytes.ShouldBeGreaterThan(64L << 20);
        info.DiskFreeBytes.ShouldNotBeNull().ShouldBeInRange(1, info.DiskTotalBytes!.Value);
    }
}
