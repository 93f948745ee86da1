using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Federation.TestKit.Docker;
using MemberCluster.Agent.Runtime;

namespace MemberCluster.Agent.Tests.Runtime.Docker;

/// <summary>Pulls through a real engine from a real (small) registry.</summary>
public sealed class DockerPullTests : IAsyncLifetime
{
    private static readonly RegistryAuth Good = new("reader", "right?>~");   // its encoding needs the URL-safe alphabet
    private readonly CancellationTokenSource _deadline = new(TimeSpan.FromMinutes(1));
    private readonly List<string> _pulled = [];
    private IContainerRuntime _runtime = null!;

    public async Task InitializeAsync() => _runtime = await TestDocker.ConnectAsync();

    public async Task DisposeAsync()
    {
        foreach (var reference in _pulled)
            await _runtime.Images.RemoveAsync(reference, force: true, CancellationToken.None);
        await _runtime.DisposeAsync();
        _deadline.Dispose();
    }

    [Fact]
    public async Task Pull_OpenRegistry_ReportsProgressAndRuns()
    {
        await using var registry = await TestRegistry.StartAsync();
        var progress = new Collector();
        var image = await PullAsync(registry.Reference, auth: null, progress);
        image.Tags.ShouldContain(registry.Reference);
        image.RepoDigests.ShouldHaveSingleItem().ShouldBe(registry.ReferenceByDigest);
        progress.Seen.ShouldContain(line => line.Status == "Pull complete" && line.Layer != null);

        var id = await _runtime.Containers.CreateAsync(new ContainerSpec { Name = $"fedtest-pull-{Guid.NewGuid():N}", Image = registry.Reference, Entrypoint = ["/bin/true"] }, _deadline.Token);
        await _runtime.Containers.StartAsync(id, _deadline.Token);
        (await _runtime.Containers.WaitAsync(id, _deadline.Token)).ShouldBe(0);
        await _runtime.Containers.RemoveAsync(id, force: true, _deadline.Token);
    }

    [Fact]
    public async Task Pull_ByDigest_GivesTheSameImage()
    {
        await using var registry = await TestRegistry.StartAsync();
        var byTag = await PullAsync(registry.Reference, auth: null);
        (await PullAsync(registry.ReferenceByDigest, auth: null)).Id.ShouldBe(byTag.Id);
    }

    [Theory]
    [InlineData(RegistryScheme.Basic)]
    [InlineData(RegistryScheme.Bearer)]
    public async Task Pull_RightCredentials_Works(RegistryScheme scheme)
    {
        await using var registry = await TestRegistry.StartAsync((Good.Username, Good.Password), scheme);
        (await PullAsync(registry.Reference, Good)).Tags.ShouldContain(registry.Reference);
    }

    [Fact]
    public async Task Pull_IdentityToken_StandsForThePassword()
    {
        await using var registry = await TestRegistry.StartAsync((Good.Username, Good.Password), RegistryScheme.Bearer);
        var token = new RegistryAuth(Good.Username, "") { IdentityToken = $"identity-of-{Good.Username}" };
        (await PullAsync(registry.Reference, token)).Tags.ShouldContain(registry.Reference);
    }

    [Theory]
    [InlineData(RegistryScheme.Basic, true)]
    [InlineData(RegistryScheme.Basic, false)]
    [InlineData(RegistryScheme.Bearer, true)]
    [InlineData(RegistryScheme.Bearer, false)]
    public async Task Pull_CredentialsWrongOrMissing_SaysUnauthorized(RegistryScheme scheme, bool wrong)
    {
        await using var registry = await TestRegistry.StartAsync((Good.Username, Good.Password), scheme);
        var failure = await Should.ThrowAsync<RuntimeException>(() => PullAsync(registry.Reference, wrong ? Good with { Password = "wrong" } : null));
        failure.Failure.ShouldBe(RuntimeFailure.PullFailed, failure.Message);
        failure.PullReason.ShouldBe(PullFailureReason.Unauthorized, failure.Message);
        failure.Message.ShouldContain(registry.Reference);
        failure.Message.ShouldNotContain("wrong");
    }

    [Theory]
    [InlineData("test/busybox:2")]
    [InlineData("test/other:1")]
    public async Task Pull_NoSuchImage_IsImageNotFound(string name)
    {
        await using var registry = await TestRegistry.StartAsync();
        var failure = await Should.ThrowAsync<RuntimeException>(() => PullAsync($"{registry.Host}/{name}", auth: null));
        failure.Failure.ShouldBe(RuntimeFailure.ImageNotFound, failure.Message);
    }

    [Theory]
    [InlineData(429, "TOOMANYREQUESTS", "you have reached your pull rate limit", PullFailureReason.RateLimited)]
    [InlineData(503, "UNAVAILABLE", "Service Unavailable", PullFailureReason.Unknown)]
    [InlineData(500, "UNKNOWN", "Internal Server Error", PullFailureReason.Unknown)]
    public async Task Pull_RegistryInTrouble_SaysWhichAndMayBeTriedAgain(int status, string code, string message, PullFailureReason reason)
    {
        await using var registry = await TestRegistry.StartAsync();
        registry.Fault = new RegistryFault(status, code, message);
        var failure = await Should.ThrowAsync<RuntimeException>(() => PullAsync(registry.Reference, auth: null));
        (failure.Failure, failure.PullReason, failure.IsTransient).ShouldBe((RuntimeFailure.PullFailed, reason, true), failure.Message);
        failure.EngineMessage.ShouldNotBeNull().ShouldContain(message);
    }

    [Fact]
    public async Task Pull_NobodyListens_SaysUnreachable()
    {
        using var unused = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        unused.Bind(new IPEndPoint(IPAddress.Loopback, 0));   // bound, not listening: refused, and nobody else gets the port
        var failure = await Should.ThrowAsync<RuntimeException>(() => PullAsync($"{unused.LocalEndPoint}/test/busybox:1", auth: null));
        failure.Failure.ShouldBe(RuntimeFailure.PullFailed, failure.Message);
        failure.PullReason.ShouldBe(PullFailureReason.Unreachable, failure.Message);
        failure.EngineMessage.ShouldNotBeNull().ShouldContain("connection refused");
    }

    private async Task<Image> PullAsync(string reference, RegistryAuth? auth, IProgress<PullProgress>? progress = null)
    {
        _pulled.Add(reference);
        return await _runtime.Images.PullAsync(reference, auth, progress, _deadline.Token);
    }

    private sealed class Collector : IProgress<PullProgress>
    {
        public ConcurrentQueue<PullProgress> Seen { get; } = new();

        public void Report(PullProgress value) => Seen.Enqueue(value);
    }
}
