using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Federation.Dns.Tests.Support;
using Federation.Dns.Wire;
using Federation.Dns.Zones;
using Federation.TestKit.Waiting;
using Microsoft.Extensions.Logging.Abstractions;

namespace Federation.Dns.Tests.Zones;

public sealed class ZoneFollowerTests
{
    [Fact]
    public async Task Follow_FeedIsCutOff_KeepsAnsweringSaysHowStaleAndCatchesUp()
    {
        var source = new FedSource();
        var state = new ZoneState(DnsName.Parse(ZoneText.Apex), TimeProvider.System);
        using var follower = new ZoneFollower(source, new ZoneBuilder(ZoneText.Options), state, TimeProvider.System, NullLogger<ZoneFollower>.Instance);
        await follower.StartAsync(CancellationToken.None);
        await Eventually.TrueAsync(() => state.Staleness > TimeSpan.Zero, "stale before the first version");

        source.Send("us-east-1=1");
        await Eventually.TrueAsync(() => state.Current is not null, "loaded");
        state.Staleness.ShouldBe(TimeSpan.Zero);

        source.Break();
        await Eventually.TrueAsync(() => state.Staleness > TimeSpan.Zero, "stale after the cut");
        new Asker(state).Ask("web.shop.svc.fed.test", "A").Answers.Count.ShouldBe(1);

        // Failed attempts to come back do not make it look fresher.
        var first = state.Staleness;
        source.Break();
        await Eventually.TrueAsync(() => source.Calls >= 3, "tried again");
        state.Staleness.ShouldBeGreaterThanOrEqualTo(first);

        source.Send("us-east-1=1 eu-west-1=1");
        await Eventually.TrueAsync(() => new Asker(state).Ask("web.shop.svc.fed.test", "A").Answers.Count == 2, "caught up");
        state.Staleness.ShouldBe(TimeSpan.Zero);
        await follower.StopAsync(CancellationToken.None);
    }

    private sealed class FedSource : IZoneSource
    {
        private readonly Channel<ZoneBatch?> _batches = Channel.CreateUnbounded<ZoneBatch?>();
        private int _calls;
        private long _revision;

        public int Calls => Volatile.Read(ref _calls);

        public void Send(string shares) => _batches.Writer.TryWrite(new ZoneBatch(
            [new ZoneChange.Listed([Objects.App("web", shares)], [Objects.Cluster("us-east-1", "192.0.2.1"), Objects.Cluster("eu-west-1", "192.0.2.2")], [])],
            ++_revision));

        public void Break() => _batches.Writer.TryWrite(null);

        public async IAsyncEnumerable<ZoneBatch> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _calls);
            await foreach (var batch in _batches.Reader.ReadAllAsync(cancellationToken))
                yield return batch ?? throw new IOException("cut off");
        }
    }
}
