using System.Collections.Immutable;
using System.Numerics;
using System.Security.Cryptography;
using Federation.Dns.Wire;

namespace Federation.Dns.Answering.Limiting;

/// <summary>What becomes of one response.</summary>
internal enum Admission
{
    Send,

    /// <summary>Over the limit, and sent so short that it is worth nothing to an attacker: a real client asks again over TCP.</summary>
    Slip,
    Drop,
}

/// <summary>Limits how many equal responses one network of clients is sent over UDP, where the sender's address may be forged to flood its owner.</summary>
/// <remarks>
/// A bucket per client network and kind of response, kept as one number: when the bucket will be empty again (the generic cell rate algorithm). The table
/// has a fixed size; a bucket that is needed takes the place of one that is empty or, among eight, of the one that will be first. Nothing is allocated and
/// nothing locked: a number is replaced by compare-and-swap, and any number of threads share the table, for a flood arrives on all of them.
/// </remarks>
internal sealed class RateLimiter
{
    /// <summary>Buckets; 8 bytes each, 1 MiB in all.</summary>
    public const int Buckets = 1 << 17;

    private const int Ways = 8; // one cache line
    private const int TimeBits = 40;
    private const ulong TimeMask = (1UL << TimeBits) - 1;
    private const long WindowMicroseconds = 1_000_000;
    private const int Ipv4Bits = 24;
    private const int Ipv6Bits = 56;

    private readonly ulong[] _buckets = new ulong[Buckets];
    private readonly ulong _seed = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)));
    private readonly TimeProvider _time;
    private readonly long _started;
    private readonly long _interval;
    private readonly uint _slip;
    private readonly ImmutableArray<ClientNetwork> _exempt;
    private uint _limited;

    /// <param name="perSecond">Equal responses to one network in a second, and how many may come at once after a pause; 1 to 1,000,000.</param>
    /// <param name="slip">Every so many limited responses one is sent short; 0: none, 1: all.</param>
    /// <param name="exempt">Networks that are never limited.</param>
    public RateLimiter(int perSecond, int slip, IEnumerable<System.Net.IPNetwork> exempt, TimeProvider time)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(perSecond, 1);
        _interval = WindowMicroseconds / perSecond;
        _slip = (uint)slip;
        _exempt = [.. exempt.Select(ClientNetwork.From)];
        _time = time;
        _started = time.GetTimestamp();
    }

    /// <param name="client">Where the response would go.</param>
    /// <param name="kind">Which responses count as equal.</param>
    public Admission Admit(ClientAddress client, uint kind)
    {
        foreach (var network in _exempt)
        {
            if (network.Contains(client))
                return Admission.Send;
        }

        if (TryTake(KeyOf(client.Masked(client.IsIPv4 ? Ipv4Bits : Ipv6Bits), kind)))
            return Admission.Send;
        return _slip != 0 && Interlocked.Increment(ref _limited) % _slip == 0 ? Admission.Slip : Admission.Drop;
    }

    private bool TryTake(ulong key)
    {
        var tag = key >> TimeBits;
        var set = _buckets.AsSpan((int)(key & (Buckets - 1)) & ~(Ways - 1), Ways);
        while (true)
        {
            var now = (long)_time.GetElapsedTime(_started).TotalMicroseconds;
            var (chosen, chosenValue, wait, isFound) = (0, 0UL, long.MaxValue, false);
            for (var way = 0; way < Ways; way++)
            {
                var value = Volatile.Read(ref set[way]);
                var left = Left(value, now);
                if (value >> TimeBits == tag)
                {
                    (chosen, chosenValue, wait, isFound) = (way, value, left, true);
                    break;
                }

                if (left < wait)
                    (chosen, chosenValue, wait) = (way, value, left);
            }

            var next = (isFound ? wait : 0) + _interval;
            if (next > WindowMicroseconds)
                return false;
            var replacement = (tag << TimeBits) | ((ulong)(now + next) & TimeMask);
            if (Interlocked.CompareExchange(ref set[chosen], replacement, chosenValue) == chosenValue)
                return true;
        }
    }

    /// <summary>Microseconds until the bucket is empty. Times come around after 12 days: what lies further ahead than a full bucket can is the past.</summary>
    private static long Left(ulong value, long now)
    {
        var ahead = (long)((value - (ulong)now) & TimeMask);
        return ahead > WindowMicroseconds ? 0 : ahead;
    }

    private ulong KeyOf(ClientAddress network, uint kind)
    {
        const ulong multiplier = 0x9E3779B97F4A7C15;
        var hash = (network.High ^ _seed) * multiplier;
        hash = (BitOperations.RotateLeft(hash, 32) ^ network.Low) * multiplier;
        hash = (BitOperations.RotateLeft(hash, 32) ^ kind) * multiplier;
        return hash ^ (hash >> 32);
    }
}
