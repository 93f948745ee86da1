using Federation.Api.Apps;
using MemberCluster.Agent.Pods.Volumes;
using MemberCluster.Agent.Runtime;
using MemberCluster.Agent.Tests.Support;

namespace MemberCluster.Agent.Tests.Pods.Volumes;

/// <summary>What pods leave behind, and paths that would lead astray.</summary>
public sealed class PodVolumesTests : IAsyncLifetime
{
    private readonly AgentFixture _fixture = new();
    private readonly string _directory = Directory.CreateTempSubdirectory("volumes").FullName;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _fixture.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task Run_AgentDiedBeforeItRemovedAPodsDirectory_TheNextOneDoesAndKeepsThoseInUse()
    {
        var work = TestWorks.Web(1);
        var spec = work.Template.Spec with { Volumes = [new Federation.Api.Apps.Volume { Name = "data", EmptyDir = new EmptyDirVolume() }] };
        var mounting = spec with { Containers = [spec.Containers[0] with { VolumeMounts = [new VolumeMount { Name = "data", MountPath = "/data" }] }] };
        _fixture.Start();
        _fixture.ControlPlane.Apply(work with { Template = work.Template with { Spec = mounting } });
        await _fixture.UntilReadyAsync(1);
        var pods = Directory.GetDirectories(_fixture.Options.Data, "pods", SearchOption.AllDirectories).Single();
        var used = Path.Combine(pods, _fixture.ControlPlane.Pods.Single().Metadata.Uid!, "volumes", "data");
        File.WriteAllText(Path.Combine(used, "file"), "kept");
        var outside = Path.Combine(_directory, "outside");
        File.WriteAllText(outside, "not the pod's");
        await _fixture.KillAsync();
        var leftover = Directory.CreateDirectory(Path.Combine(pods, "gone", "volumes", "data")).FullName;
        File.CreateSymbolicLink(Path.Combine(leftover, "link"), _directory);

        _fixture.Start();

        await _fixture.UntilAsync(() => !Directory.Exists(Path.Combine(pods, "gone")), "the leftover goes");
        File.ReadAllText(Path.Combine(used, "file")).ShouldBe("kept");
        File.Exists(outside).ShouldBeTrue("no link is followed");
        _fixture.ControlPlane.Delete("uid-web");
        await _fixture.UntilAsync(() => _fixture.ControlPlane.StatusOf("uid-web") is { Gone: true } && !Directory.Exists(used), "its own directory goes with the pod");
    }

    [Theory]
    [InlineData("a/../../etc")]
    [InlineData("../x")]
    public void Below_PathLeadsOut_IsRefused(string path) =>
        Should.Throw<RuntimeException>(() => SafePath.Below(_directory, path)).Failure.ShouldBe(RuntimeFailure.NotAllowed);

    [Fact]
    public void Below_LinkOnTheWay_IsRefusedAndNothingIsMadeBehindIt()
    {
        var target = Directory.CreateDirectory(Path.Combine(_directory, "target")).FullName;
        var volume = Directory.CreateDirectory(Path.Combine(_directory, "volume")).FullName;
        File.CreateSymbolicLink(Path.Combine(volume, "out"), target);
        Should.Throw<RuntimeException>(() => SafePath.Below(volume, "out/made")).Failure.ShouldBe(RuntimeFailure.NotAllowed);
        Directory.EnumerateFileSystemEntries(target).ShouldBeEmpty();
    }

    [Fact]
    public void Resolve_LinksToLinks_EndsAtWhatTheyMean()
    {
        Directory.CreateDirectory(Path.Combine(_directory, "a"));
        File.CreateSymbolicLink(Path.Combine(_directory, "b"), "a");
        File.CreateSymbolicLink(Path.Combine(_directory, "c"), Path.Combine(_directory, "b/../b"));
        SafePath.Resolve(Path.Combine(_directory, "c/file")).ShouldBe(Path.Combine(SafePath.Resolve(_directory), "a/file"));
    }

    [Fact]
    public void Resolve_LinksInACircle_IsRefused()
    {
        File.CreateSymbolicLink(Path.Combine(_directory, "x"), Path.Combine(_directory, "y"));
        File.CreateSymbolicLink(Path.Combine(_directory, "y"), Path.Combine(_directory, "x"));
        Should.Throw<RuntimeException>(() => SafePath.Resolve(Path.Combine(_directory, "x"))).Failure.ShouldBe(RuntimeFailure.NotAllowed);
    }
}
