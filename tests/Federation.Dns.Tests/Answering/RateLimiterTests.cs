using System.Net;
using Federation.Dns.Answering.Limiting;
using Federation.Dns.Wire;
using Federation.TestKit.Time;

namespace Federation.Dns.Tests.Answering;

public sealed class RateLimiterTests
{
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public void Admit_MoreThanTheRate_SendsTheRateAndSlipsEverySecondOfTheRest()
    {
        var limiter = new RateLimiter(10, slip: 2, [], _time);
        var first = Admit(limiter, "192.0.2.1", 30);
        (first[Admission.Send], first[Admission.Slip], first[Admission.Drop]).ShouldBe((10, 10, 10));

        // A tenth of a second is one more.
        _time.Advance(TimeSpan.FromMilliseconds(100));
        Admit(limiter, "192.0.2.1", 5)[Admission.Send].ShouldBe(1);
        _time.Advance(TimeSpan.FromHours(1));
        Admit(limiter, "192.0.2.1", 30)[Admission.Send].ShouldBe(10);
    }

    [Fact]
    public void Admit_SteadyStreamAtTheRate_IsNeverLimited()
    {
        var limiter = new RateLimiter(10, slip: 0, [], _time);
        for (var i = 0; i < 1_000; i++)
        {
            limiter.Admit(Address("192.0.2.1"), 7).ShouldBe(Admission.Send);
            _time.Advance(TimeSpan.FromMilliseconds(100));
        }
    }

    [Theory]
    [InlineData("192.0.2.1", "192.0.2.250", true)]
    [InlineData("192.0.2.1", "192.0.3.1", false)]
    [InlineData("2001:db8:0:100::1", "2001:db8:0:1ff::1", true)]
    [InlineData("2001:db8:0:100::1", "2001:db8:0:200::1", false)]
    public void Admit_Neighbours_ShareALimit(string one, string other, bool shared)
    {
        var limiter = new RateLimiter(10, slip: 0, [], _time);
        Admit(limiter, one, 10);
        Admit(limiter, other, 10)[Admission.Send].ShouldBe(shared ? 0 : 10);
    }

    [Fact]
    public void Admit_OtherKindOrExemptNetwork_IsNotLimited()
    {
        var limiter = new RateLimiter(10, slip: 0, [IPNetwork.Parse("198.51.100.0/24"), IPNetwork.Parse("2001:db8::/32")], _time);
        Admit(limiter, "192.0.2.1", 20, kind: 1)[Admission.Send].ShouldBe(10);
        Admit(limiter, "192.0.2.1", 20, kind: 2)[Admission.Send].ShouldBe(10);
        Admit(limiter, "198.51.100.77", 100)[Admission.Send].ShouldBe(100);
        Admit(limiter, "2001:db8::77", 100)[Admission.Send].ShouldBe(100);
        Admit(limiter, "198.51.101.77", 100)[Admission.Send].ShouldBe(10);
    }

    [Fact]
    public void Admit_MoreNetworksThanBuckets_StillLimitsWhoGoesOn()
    {
        // A flood from forged addresses of everywhere must neither grow the table nor wash the loudest one out of it.
        var limiter = new RateLimiter(10, slip: 0, [], _time);
        var sent = 0;
        for (var i = 0; i < 3 * RateLimiter.Buckets; i++)
        {
            limiter.Admit(ClientAddress.FromIPv4((uint)i << 8), 7);
            if (i % 100 == 0 && limiter.Admit(Address("203.0.113.1"), 9) == Admission.Send)
                sent++;
        }

        sent.ShouldBeInRange(10, 400);
    }

    [Fact]
    public async Task Admit_ManyThreads_SendTheRateInAll()
    {
        var limiter = new RateLimiter(1_000, slip: 0, [], _time);
        var sent = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => Admit(limiter, "192.0.2.1", 5_000)[Admission.Send])));
        sent.Sum().ShouldBe(1_000);
    }

    private static ClientAddress Address(string text) => ClientAddress.From(IPAddress.Parse(text));

    private static Dictionary<Admission, int> Admit(RateLimiter limiter, string client, int times, uint kind = 7)
    {
        var counts = Enum.GetValues<Admission>().ToDictionary(admission => admission, _ => 0);
        for (var i = 0; i < times; i++)
            counts[limiter.Admit(Address(client), kind)]++;
        return counts;
    }
}
