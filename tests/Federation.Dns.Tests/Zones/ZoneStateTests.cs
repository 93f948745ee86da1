using Federation.Dns.Tests.Support;
using Federation.Dns.Wire;
using Federation.Dns.Zones;

namespace Federation.Dns.Tests.Zones;

public sealed class ZoneStateTests
{
    [Fact]
    public void Staleness_CutOffAgainAndAgain_CountsFromTheFirstAndEndsWithAVersion()
    {
        var time = new HandTime();
        var state = new ZoneState(DnsName.Parse(ZoneText.Apex), time);
        state.Staleness.ShouldBe(TimeSpan.Zero);

        state.CutOff();
        time.Seconds += 10;
        state.CutOff();
        time.Seconds += 5;
        state.Staleness.ShouldBe(TimeSpan.FromSeconds(15));

        state.Publish(ZoneText.Load("").Current!);
        state.Staleness.ShouldBe(TimeSpan.Zero);
        state.CutOff();
        time.Seconds += 1;
        state.Staleness.ShouldBe(TimeSpan.FromSeconds(1));
    }

    private sealed class HandTime : TimeProvider
    {
        public long Seconds { get; set; } = 100;

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => Seconds;
    }
}
