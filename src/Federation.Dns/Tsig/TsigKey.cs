using System.Security.Cryptography;
using Federation.Dns.Wire;

namespace Federation.Dns.Tsig;

/// <summary>A secret that two servers share, under a name that both know it by (RFC 8945).</summary>
public sealed class TsigKey
{
    private readonly byte[] _secret;

    internal TsigKey(DnsName name, TsigAlgorithm algorithm, byte[] secret) => (Name, Algorithm, _secret) = (name, algorithm, secret);

    public DnsName Name { get; }

    internal TsigAlgorithm Algorithm { get; }

    internal IncrementalHash NewMac() => IncrementalHash.CreateHMAC(Algorithm.Hash, _secret);
}

/// <summary>How a message is signed.</summary>
/// <param name="Name">As the record has it.</param>
/// <param name="MacLength">In bytes.</param>
internal sealed record TsigAlgorithm(DnsName Name, HashAlgorithmName Hash, int MacLength)
{
    public static TsigAlgorithm HmacSha256 { get; } = new(DnsName.Parse("hmac-sha256."), HashAlgorithmName.SHA256, 32);

    public static TsigAlgorithm HmacSha512 { get; } = new(DnsName.Parse("hmac-sha512."), HashAlgorithmName.SHA512, 64);

    public static TsigAlgorithm? Find(string name) => name.ToLowerInvariant() switch
    {
        "hmac-sha256" => HmacSha256,
        "hmac-sha512" => HmacSha512,
        _ => null,
    };
}

/// <summary>What is wrong with a signature (RFC 8945 section 3).</summary>
internal enum TsigError : ushort
{
    None = 0,
    BadSignature = 16,
    BadKey = 17,
    BadTime = 18,
    BadTruncation = 22,
}
