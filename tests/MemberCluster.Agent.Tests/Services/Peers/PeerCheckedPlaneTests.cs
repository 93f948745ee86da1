using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net;
using Federation.TestKit.Time;
using Federation.TestKit.Waiting;
using MemberCluster.Agent.Services;
using MemberCluster.Agent.Services.Peers;
using Microsoft.Extensions.Logging.Abstractions;

namespace MemberCluster.Agent.Tests.Services.Peers;

public sealed class PeerCheckedPlaneTests : IAsyncLifetime
{
    private static readonly IPAddress Own = IPAddress.Parse("10.0.0.1");
    private static readonly IPAddress B = IPAddress.Parse("10.0.0.2");
    private static readonly IPAddress C = IPAddress.Parse("10.0.0.3");
    private readonly ManualTimeProvider _time = new();
    private readonly RecordingPlane _inner = new();
    private readonly ScriptedProbe _probe = new();
    private readonly PeerCheckedPlane _plane;

    public PeerCheckedPlaneTests() => _plane = new PeerCheckedPlane(_inner, _probe, _time, NullLogger<PeerCheckedPlane>.Instance);

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _plane.DisposeAsync();

    private static ServiceEndpoint Endpoint(string uid, int port, ServiceProtocol protocol, params IPAddress[] peers) => new(uid, new IPEndPoint(Own, port), [])
    {
        Protocol = protocol,
        Peers = [.. peers.Select(peer => new PeerAddress(peer.ToString(), new IPEndPoint(peer, port), 1))],
    };

    private void Serve(string uid, int port, params IPAddress[] peers) => _plane.Update(uid, [Endpoint(uid, port, ServiceProtocol.Tcp, peers)]);

    /// <summary>Lets rounds of checks pass until the plane has heard what is waited for.</summary>
    private Task UntilUpAsync(string uid, params IPAddress[] up) => Eventually.TrueAsync(
        () =>
        {
            _time.Advance(TimeSpan.FromMilliseconds(250));
            return Task.FromResult(_inner.UpOf(uid).SequenceEqual(up));
        },
        $"only {string.Join(", ", up.Select(address => address.ToString()))} are up");

    [Fact]
    public async Task Update_PeerFallsSilent_IsLeftOutOfEveryWorkUntilItAnswers()
    {
        Serve("web", 80, B, C);
        Serve("db", 5432, B);
        _probe.Answers[B] = PeerAnswer.Silent;
        await UntilUpAsync("web", C);
        _inner.UpOf("db").ShouldBeEmpty();
        _inner.PeersOf("web").ShouldBe([B, C], "what comes from a silent node is still a node's");

        _probe.Answers[B] = PeerAnswer.Up;
        await UntilUpAsync("web", B, C);
        _inner.UpOf("db").ShouldBe([B]);
    }

    [Fact]
    public async Task Update_PeerRefusesOnePort_OnlyThatOneIsLeftOut()
    {
        _probe.Ports[new IPEndPoint(B, 80)] = PeerAnswer.Refused;
        Serve("web", 80, B);
        Serve("db", 5432, B);
        await UntilUpAsync("web");
        _inner.UpOf("db").ShouldBe([B]);

        _probe.Ports[new IPEndPoint(B, 80)] = PeerAnswer.Up;
        await UntilUpAsync("web", B);
    }

    [Fact]
    public async Task Update_PeerRefusesAllPorts_TheyAreLeftOutInOneRound()
    {
        _probe.Answers[B] = PeerAnswer.Refused;
        for (var port = 1; port <= 20; port++)
            Serve($"work-{port}", port, B);
        _time.Advance(TimeSpan.FromSeconds(1));
        await Eventually.TrueAsync(() => Task.FromResult(Enumerable.Range(1, 20).All(port => _inner.UpOf($"work-{port}").IsEmpty)), "no port of it is up");
    }

    [Fact]
    public async Task Update_UdpPortRefusesTcp_StaysUp()
    {
        _probe.Answers[B] = PeerAnswer.Refused;
        _plane.Update("dns", [Endpoint("dns", 53, ServiceProtocol.Udp, B)]);
        _time.Advance(TimeSpan.FromSeconds(1));
        await Eventually.TrueAsync(() => Task.FromResult(!_probe.Tried.IsEmpty), "it was tried");
        _inner.UpOf("dns").ShouldBe([B]);
    }

    [Fact]
    public async Task Update_ManyWorksOnOnePeer_OneAttemptPerRound()
    {
        for (var port = 1; port <= 100; port++)
            Serve($"work-{port}", port, B);
        for (var round = 1; round <= 5; round++)
        {
            var expected = round;
            await Eventually.TrueAsync(
                () =>
                {
                    if (_probe.Tried.Count < expected)
                        _time.Advance(TimeSpan.FromMilliseconds(500));
                    return Task.FromResult(_probe.Tried.Count >= expected);
                },
                $"round {round}");
        }

        _probe.Tried.Count.ShouldBe(5);
        _probe.Tried.Distinct().Count().ShouldBe(5, "another port each time");
    }

    [Fact]
    public async Task Update_NoPeersLeft_ChecksEndAndBeginAgainWithTheNext()
    {
        Serve("web", 80, B);
        _plane.Update("web", []);
        _time.Advance(TimeSpan.FromSeconds(5));
        _probe.Tried.ShouldBeEmpty();
        _probe.Answers[C] = PeerAnswer.Silent;
        Serve("web", 80, C);
        await UntilUpAsync("web");
    }

    [Fact]
    public async Task Drain_LastPodOfANode_ServesOtherNodesUntilItsNoticeIsOver()
    {
        ServePods(ready: [], leaving: ["a"]);
        var draining = _plane.DrainAsync("a", TimeSpan.FromSeconds(10), CancellationToken.None);
        _inner.LeavingOf("web").ShouldBe(["a"]);
        draining.IsCompleted.ShouldBeFalse();

        _time.Advance(TimeSpan.FromSeconds(2));
        await draining;
        _inner.LeavingOf("web").ShouldBeEmpty();
    }

    [Fact]
    public async Task Drain_PodThatHasLeft_GetsNothingAgainWhenTheLastPodBesideItLeaves()
    {
        ServePods(ready: ["b"], leaving: ["a"]);
        await _plane.DrainAsync("a", TimeSpan.FromSeconds(10), CancellationToken.None);

        ServePods(ready: [], leaving: ["a", "b"]);
        _inner.LeavingOf("web").ShouldBe(["b"]);
    }

    [Fact]
    public async Task Drain_NextPodOfTheSameName_ServesOtherNodesUntilItsOwnNoticeIsOver()
    {
        ServePods(ready: [], leaving: ["a"]);
        await _plane.DrainAsync("a", TimeSpan.Zero, CancellationToken.None);
        ServePods(ready: ["a"], leaving: []);

        ServePods(ready: [], leaving: ["a"]);
        _inner.LeavingOf("web").ShouldBe(["a"]);
    }

    private void ServePods(string[] ready, string[] leaving) => _plane.Update("web",
    [
        Endpoint("web", 80, ServiceProtocol.Tcp, B) with { Backends = [.. ready.Select(Pod)], Leaving = [.. leaving.Select(Pod)] },
    ]);

    private static BackendAddress Pod(string name) => new(name, new IPEndPoint(IPAddress.Loopback, name[0]));

    private sealed class ScriptedProbe : IPeerProbe
    {
        public ConcurrentDictionary<IPAddress, PeerAnswer> Answers { get; } = new();

        public ConcurrentDictionary<IPEndPoint, PeerAnswer> Ports { get; } = new();

        public ConcurrentQueue<IPEndPoint> Tried { get; } = new();

        public Task<PeerAnswer> TryAsync(IPAddress own, IPEndPoint peer, CancellationToken cancellationToken)
        {
            own.ShouldBe(Own);
            Tried.Enqueue(peer);
            return Task.FromResult(Ports.TryGetValue(peer, out var answer) ? answer : Answers.GetValueOrDefault(peer.Address, PeerAnswer.Up));
        }
    }

    private sealed class RecordingPlane : IServicePlane
    {
        private readonly ConcurrentDictionary<string, ImmutableArray<ServiceEndpoint>> _endpoints = new();

        public ImmutableArray<IPAddress> PeersOf(string uid) => [.. _endpoints[uid].SelectMany(endpoint => endpoint.Peers).Select(peer => peer.Address.Address)];

        public ImmutableArray<IPAddress> UpOf(string uid) =>
            [.. _endpoints[uid].SelectMany(endpoint => endpoint.Peers).Where(peer => peer.IsUp).Select(peer => peer.Address.Address)];

        public ImmutableArray<string> LeavingOf(string uid) => [.. _endpoints[uid].SelectMany(endpoint => endpoint.Leaving).Select(backend => backend.Pod)];

        public void Update(string workUid, ImmutableArray<ServiceEndpoint> endpoints) => _endpoints[workUid] = endpoints;

        public void Open()
        {
        }

        public Task AppliedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task DrainAsync(string pod, TimeSpan limit, CancellationToken cancellationToken) => Task.CompletedTask;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
