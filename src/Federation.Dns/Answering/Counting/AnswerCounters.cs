using Federation.Api.Apps;
using Federation.Dns.Wire;
using Federation.Dns.Zones;

namespace Federation.Dns.Answering.Counting;

/// <summary>One cell of the answers that were counted.</summary>
/// <param name="ZoneHash">Of the zone's name; 0: no zone answered.</param>
/// <param name="Policy">Null: it came from a Zone object or from the server itself, or nothing did.</param>
/// <param name="Region">The number of the region that answered; <see cref="ZoneNode.NoRegion"/>: none in particular.</param>
internal readonly record struct AnswerCount(uint ZoneHash, DnsPolicy? Policy, ResponseCode Code, int Region, long Count);

/// <summary>Counts answers by zone, policy, response code and region, in a table of fixed size; what finds no room in it is counted together.</summary>
/// <remarks>Allocates nothing. Any number of threads may count.</remarks>
internal sealed class AnswerCounters
{
    private const int Cells = 1024;
    private const int LongestProbe = 32;

    // A key: the zone's hash, then policy (4 bits), response code (8 bits), one bit that is always set, and the region (16 bits).
    private const int ZoneShift = 32;
    private const int PolicyShift = 28;
    private const int CodeShift = 20;
    private const ulong Used = 1UL << 16;

    private readonly ulong[] _keys = new ulong[Cells];
    private readonly long[] _counts = new long[Cells];
    private long _others;

    /// <summary>Answers that found no room in the table.</summary>
    public long Others => Volatile.Read(ref _others);

    public void Count(in Decision decision, ResponseCode code)
    {
        var node = decision.Node;
        var policy = node?.Policy is { } known ? (ulong)known + 1 : 0;
        var region = (ulong)(ushort)((node?.Region ?? ZoneNode.NoRegion) + 1);
        var key = ((ulong)(decision.Zone?.Apex.Hash ?? 0) << ZoneShift) | (policy << PolicyShift) | ((ulong)(byte)code << CodeShift) | Used | region;
        var at = (int)((key * 0x9E3779B97F4A7C15) >> 54);
        for (var probe = 0; probe < LongestProbe; probe++, at = (at + 1) % Cells)
        {
            var there = Volatile.Read(ref _keys[at]);
            if (there == 0)
                there = Interlocked.CompareExchange(ref _keys[at], key, 0) == 0 ? key : Volatile.Read(ref _keys[at]);
            if (there != key)
                continue;
            Interlocked.Increment(ref _counts[at]);
            return;
        }

        Interlocked.Increment(ref _others);
    }

    public IEnumerable<AnswerCount> Read()
    {
        for (var i = 0; i < Cells; i++)
        {
            var (key, count) = (Volatile.Read(ref _keys[i]), Volatile.Read(ref _counts[i]));
            if (count == 0)
                continue;
            var policy = (int)(key >> PolicyShift) & 0xF;
            yield return new AnswerCount((uint)(key >> ZoneShift), policy == 0 ? null : (DnsPolicy)(policy - 1), (ResponseCode)(byte)(key >> CodeShift), (ushort)key - 1, count);
        }
    }
}
