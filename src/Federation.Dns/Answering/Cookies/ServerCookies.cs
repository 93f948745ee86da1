using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Federation.Dns.Wire;

namespace Federation.Dns.Answering.Cookies;

/// <summary>What a query's cookie says of its sender.</summary>
internal enum CookieState
{
    None,

    /// <summary>The client has a cookie of its own and none of ours that is good.</summary>
    Unproven,

    /// <summary>It carries a cookie that we gave to this address within the last hour: the sender's address is its own.</summary>
    Proven,
}

/// <summary>Makes and checks the cookies that prove a client's address (RFC 7873, RFC 9018). Keeps nothing per client.</summary>
/// <remarks>
/// Servers with the same secrets accept each other's cookies, and so do a client's queries to several of them. The first secret makes cookies, all are
/// accepted: a new one is appended everywhere, then moved to the front everywhere, then the old one is removed after an hour (RFC 9018 section 5).
/// </remarks>
public sealed class ServerCookies
{
    internal const int ClientLength = 8;

    /// <summary>A client's cookie and ours behind it.</summary>
    internal const int Length = ClientLength + ServerLength;

    private const int ServerLength = 16;
    private const byte Version = 1;
    private const uint Life = 3600;
    private const uint RenewAfter = 1800;
    private const uint Ahead = 300;

    private readonly TimeProvider _time;
    private ImmutableArray<byte[]> _secrets;

    /// <summary>With one random secret: its cookies are good with this process only.</summary>
    public ServerCookies(TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        _time = time;
        _secrets = [RandomNumberGenerator.GetBytes(SipHash.KeyLength)];
    }

    /// <summary>From now on the first of these makes cookies, and those of all are accepted.</summary>
    /// <param name="secrets">At least one, of 16 bytes each.</param>
    public void Use(IEnumerable<ReadOnlyMemory<byte>> secrets)
    {
        ImmutableArray<byte[]> next = [.. secrets.Select(secret => secret.ToArray())];
        if (next.IsEmpty || next.Any(secret => secret.Length != SipHash.KeyLength))
            throw new ArgumentException($"Cookies need at least one secret, and {SipHash.KeyLength} bytes for each.", nameof(secrets));
        ImmutableInterlocked.InterlockedExchange(ref _secrets, next);
    }

    /// <summary>Reads secrets from text: one on each line as 32 hexadecimal digits; empty lines and those that begin with <c>#</c> count for nothing.</summary>
    /// <param name="problem">A sentence about the first line that is wrong.</param>
    public static bool TryParse(string text, out ImmutableArray<ReadOnlyMemory<byte>> secrets, [NotNullWhen(false)] out string? problem)
    {
        ArgumentNullException.ThrowIfNull(text);
        var read = ImmutableArray.CreateBuilder<ReadOnlyMemory<byte>>();
        var number = 0;
        foreach (var line in text.Split('\n'))
        {
            number++;
            var digits = line.Trim();
            if (digits.Length == 0 || digits[0] == '#')
                continue;
            if (digits.Length != 2 * SipHash.KeyLength || !digits.All(char.IsAsciiHexDigit))
            {
                secrets = [];
                problem = $"Line {number} is no cookie secret: give {2 * SipHash.KeyLength} hexadecimal digits.";
                return false;
            }

            read.Add(Convert.FromHexString(digits));
        }

        secrets = read.ToImmutable();
        problem = secrets.IsEmpty ? $"There is no cookie secret: give one of {2 * SipHash.KeyLength} hexadecimal digits on each line." : null;
        return problem is null;
    }

    /// <summary>Checks a query's cookie and writes the one that goes back.</summary>
    /// <param name="cookie">As it came: 8, or 16 to 40 bytes.</param>
    /// <param name="client">Where it came from.</param>
    /// <param name="reply">Room for <see cref="Length"/> bytes.</param>
    internal CookieState Check(ReadOnlySpan<byte> cookie, ClientAddress client, Span<byte> reply)
    {
        var now = (uint)_time.GetUtcNow().ToUnixTimeSeconds();
        var secrets = _secrets;
        if (cookie.Length == Length && cookie[ClientLength] == Version)
        {
            foreach (var secret in secrets)
            {
                if (BinaryPrimitives.ReadUInt64LittleEndian(cookie[16..]) != Hash(secret, cookie[..16], client))
                    continue;

                // Serial arithmetic: the seconds of 32 bits come around (RFC 9018 section 4.3).
                var age = (int)(now - BinaryPrimitives.ReadUInt32BigEndian(cookie[12..]));
                if (age < -(int)Ahead || age > Life)
                    break;
                if (age <= RenewAfter && ReferenceEquals(secret, secrets[0]))
                    cookie.CopyTo(reply);
                else
                    Make(secrets[0], cookie, client, now, reply);
                return CookieState.Proven;
            }
        }

        Make(secrets[0], cookie, client, now, reply);
        return CookieState.Unproven;
    }

    private static void Make(byte[] secret, ReadOnlySpan<byte> cookie, ClientAddress client, uint now, Span<byte> reply)
    {
        cookie[..ClientLength].CopyTo(reply);
        reply[8] = Version;
        reply[9..12].Clear();
        BinaryPrimitives.WriteUInt32BigEndian(reply[12..], now);
        BinaryPrimitives.WriteUInt64LittleEndian(reply[16..], Hash(secret, reply[..16], client));
    }

    /// <summary>Of the client's cookie, the version, three reserved bytes, the time, and the client's address (RFC 9018 section 4.4).</summary>
    private static ulong Hash(byte[] secret, ReadOnlySpan<byte> head, ClientAddress client)
    {
        Span<byte> message = stackalloc byte[32];
        head.CopyTo(message);
        return SipHash.Hash(secret, message[..(16 + client.Write(message[16..]))]);
    }
}
