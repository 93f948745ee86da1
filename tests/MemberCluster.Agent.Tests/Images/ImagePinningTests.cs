using Federation.Api.Agents;
using Federation.Api.Apps;
using MemberCluster.Agent.Images;
using MemberCluster.Agent.Pods;
using MemberCluster.Agent.Runtime;
using MemberCluster.Agent.Runtime.Fake;
using MemberCluster.Agent.Tests.Support;

namespace MemberCluster.Agent.Tests.Images;

/// <summary>Images from a registry, in an agent on a fake engine: who may pull, and which bytes run.</summary>
public sealed class ImagePinningTests : IAsyncLifetime
{
    private const string Image = "registry.example.com/team/web:1";
    private static readonly string First = FakeEngine.DigestOf(Image, "first");
    private readonly AgentFixture _fixture = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _fixture.DisposeAsync();

    [Fact]
    public async Task Run_ImageFromARegistry_TellsWhichBytesItIs()
    {
        _fixture.Engine.AddRegistryImage(Image, content: "first");
        _fixture.Start();
        _fixture.ControlPlane.Apply(TestWorks.Web(1, image: Image));
        await _fixture.UntilReadyAsync(1);

        _fixture.ControlPlane.StatusOf("uid-web")!.Images.ShouldBe($"{Image}={First}");
        var status = _fixture.ControlPlane.Pods.Single().Status.ContainerStatuses.Single();
        (status.Image, status.ImageID).ShouldBe((Image, First));
    }

    [Fact]
    public void ReferenceOf_PetOfAnEarlierTemplate_IsWhatThatTemplatesImageStoodFor()
    {
        var newest = PetMachine.Pets(PetMachine.Pet(0, hash: "hash-0"));
        var container = newest.Template.Spec.Containers[0];
        var work = newest with
        {
            Images = new Dictionary<string, string> { [container.Image] = "web@sha256:newest" },
            Pets = newest.Pets! with { Earlier = [new WorkTemplate { Hash = "hash-0", Template = newest.Template, Images = new Dictionary<string, string> { [container.Image] = "web@sha256:earlier" } }] },
        };

        ImagePinning.ReferenceOf(container, work.AsOf("hash-0")).ShouldBe("web@sha256:earlier");
        ImagePinning.ReferenceOf(container, work).ShouldBe("web@sha256:newest");
        ImagePinning.NamedBy([work]).ShouldBe([ImagePinning.Normal(container.Image), "web@sha256:newest", "web@sha256:earlier"], ignoreOrder: true, "none of them is taken off the disk");
    }

    [Fact]
    public async Task Run_ImageMadeHere_IsPinnedByNobody()
    {
        _fixture.Start();
        _fixture.ControlPlane.Apply(TestWorks.Web(1) with { Images = new Dictionary<string, string> { [TestWorks.Image] = FakeEngine.DigestOf(TestWorks.Image, "elsewhere") }, Replicas = 0 });
        _fixture.ControlPlane.Apply(TestWorks.Web(1));
        await _fixture.UntilReadyAsync(1);
        _fixture.ControlPlane.StatusOf("uid-web")!.Images.ShouldBeNull();

        // Decided elsewhere meanwhile: what runs here cannot be compared, and goes on.
        _fixture.ControlPlane.Apply(TestWorks.Web(1) with { Images = new Dictionary<string, string> { [TestWorks.Image] = FakeEngine.DigestOf(TestWorks.Image, "elsewhere") } });
        await _fixture.PassAsync(TimeSpan.FromSeconds(5));
        _fixture.Engine.StartCount.ShouldBe(1);
    }

    [Theory]
    [InlineData(ImagePullPolicy.Always)]
    [InlineData(ImagePullPolicy.IfNotPresent)]
    public async Task Run_TagMovedAfterItWasDecided_RunsTheDecidedBytes(ImagePullPolicy policy)
    {
        _fixture.Engine.AddRegistryImage(Image, content: "first");
        _fixture.Engine.AddRegistryImage(Image, content: "second");
        _fixture.Start();
        _fixture.ControlPlane.Apply(Decided(policy));
        await _fixture.UntilReadyAsync(1);

        _fixture.Containers.Single().ImageId.ShouldBe(IdOf(First));
    }

    [Fact]
    public async Task Run_OtherBytesThanDecided_IsReplacedOnceAndByAReadyPod()
    {
        _fixture.Engine.AddRegistryImage(Image, content: "first");
        _fixture.Engine.AddRegistryImage(Image, content: "second");
        _fixture.Start();
        _fixture.ControlPlane.Apply(TestWorks.Web(2, image: Image));
        await _fixture.UntilReadyAsync(2);

        _fixture.ControlPlane.Apply(Decided(ImagePullPolicy.IfNotPresent) with { Replicas = 2 });
        await _fixture.UntilAsync(() => Running() is { Count: 2 } now && now.All(id => id == IdOf(First)), "the decided bytes run");
        await _fixture.PassAsync(TimeSpan.FromSeconds(10));

        _fixture.Engine.StartCount.ShouldBe(4);
    }

    [Fact]
    public async Task Run_DecidedBytesCannotBePulled_KeepsWhatRuns()
    {
        _fixture.Engine.AddRegistryImage(Image, content: "second");
        _fixture.Start();
        _fixture.ControlPlane.Apply(TestWorks.Web(1, image: Image));
        await _fixture.UntilReadyAsync(1);
        var before = _fixture.RunningIds;

        _fixture.ControlPlane.Apply(Decided(ImagePullPolicy.IfNotPresent));
        await _fixture.UntilAsync(() => _fixture.ControlPlane.StatusOf("uid-web") is { Reason: "ImageNotFound", Ready: 1 }, "the image is missed");

        _fixture.RunningIds.ShouldBe(before);
    }

    [Fact]
    public async Task Run_PullSecretMissingThenWrongThenRight_SaysSoAndRunsAtOnce()
    {
        _fixture.Engine.AddRegistryImage(Image, auth: new RegistryAuth("reader", "right"), content: "first");
        var work = TestWorks.Web(1, image: Image).WithSpec(spec => spec with { ImagePullSecrets = [new LocalReference { Name = "registry" }] });
        _fixture.Start();
        _fixture.ControlPlane.Apply(work);
        await _fixture.UntilAsync(() => _fixture.ControlPlane.StatusOf("uid-web") is { Reason: "ImagePullFailed" }, "nobody may pull it");
        _fixture.ControlPlane.StatusOf("uid-web")!.Message!.ShouldContain("Secret default/registry, named in imagePullSecrets, does not exist");

        _fixture.ControlPlane.Apply(work.WithData(PullCredentialsTests.SecretWith(PullCredentialsTests.Json("registry.example.com", "reader", "wrong-password"))));
        await _fixture.UntilAsync(() => _fixture.ControlPlane.StatusOf("uid-web") is { Reason: "ImagePullFailed", Message: { } message } && !message.Contains("does not exist", StringComparison.Ordinal), "the credentials are refused");
        _fixture.ControlPlane.Events.ShouldAllBe(occurrence => !occurrence.Message.Contains("wrong-password", StringComparison.Ordinal));

        await _fixture.PassAsync(TimeSpan.FromMinutes(2));
        var before = _fixture.Time.GetUtcNow();
        _fixture.ControlPlane.Apply(work.WithData(PullCredentialsTests.SecretWith(PullCredentialsTests.Json("registry.example.com", "reader", "right"))));
        await _fixture.UntilReadyAsync(1);
        (_fixture.Time.GetUtcNow() - before).ShouldBeLessThan(TimeSpan.FromSeconds(2));
    }

    private List<string> Running() => [.. _fixture.Containers.Where(container => container.State == ContainerState.Running).Select(container => container.ImageId)];

    private static string IdOf(string digest) => digest[(digest.IndexOf('@') + 1)..];

    private static Work Decided(ImagePullPolicy policy)
    {
        var work = TestWorks.Web(1, image: Image).WithContainer(container => container with { ImagePullPolicy = policy });
        return work with { Images = new Dictionary<string, string> { [Image] = First } };
    }
}
