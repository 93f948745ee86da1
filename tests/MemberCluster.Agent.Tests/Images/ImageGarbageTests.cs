using MemberCluster.Agent.Tests.Support;

namespace MemberCluster.Agent.Tests.Images;

/// <summary>The fake engine's disk is 20 % full; the limits of these tests make that too much.</summary>
public sealed class ImageGarbageTests : IAsyncLifetime
{
    private const string Old = "registry.example.com/web:1";
    private const string New = "registry.example.com/web:2";
    private readonly AgentFixture _fixture = new();

    public Task InitializeAsync()
    {
        _fixture.Options = _fixture.Options with { ImageGc = new(High: 10, Low: 5) };
        _fixture.Engine.AddRegistryImage(Old);
        _fixture.Engine.AddRegistryImage(New);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync() => await _fixture.DisposeAsync();

    [Fact]
    public async Task Run_DiskFull_RemovesWhatItPulledAndNobodyNeedsAndNothingElse()
    {
        _fixture.Start();
        _fixture.ControlPlane.Apply(TestWorks.Web(1, image: Old));
        await _fixture.UntilReadyAsync(1);
        await _fixture.PassAsync(TimeSpan.FromMinutes(3));
        HasImage(Old).ShouldBeTrue();

        _fixture.ControlPlane.Apply(TestWorks.Web(1, hash: "hash-2", image: New));
        await _fixture.UntilAsync(() => !HasImage(Old), "the image of nobody is removed", TimeSpan.FromMilliseconds(200));

        HasImage(New).ShouldBeTrue();
        HasImage(TestWorks.Image).ShouldBeTrue("an image that somebody else put there stays");
        await _fixture.UntilAsync(() => _fixture.ControlPlane.Events.Any(occurrence => occurrence.Reason == "ImageRemoved"), "it is told");
    }

    [Fact]
    public async Task Run_AfterARestart_KnowsWhatTheFormerAgentPulled()
    {
        _fixture.Start();
        _fixture.ControlPlane.Apply(TestWorks.Web(1, image: Old));
        await _fixture.UntilReadyAsync(1);
        await _fixture.KillAsync();
        _fixture.Start();
        await _fixture.PassAsync(TimeSpan.FromMinutes(3));
        HasImage(Old).ShouldBeTrue("a container uses it");

        _fixture.ControlPlane.Delete("uid-web");
        await _fixture.UntilAsync(() => !HasImage(Old), "nobody needs it any more", TimeSpan.FromMilliseconds(200));
    }

    private bool HasImage(string reference) => _fixture.Engine.Has(reference);
}
