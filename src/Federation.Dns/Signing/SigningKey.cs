using System.Collections.Concurrent;
using System.Security.Cryptography;
using Federation.Dns.Signing.Keys;

namespace Federation.Dns.Signing;

/// <summary>A key that many threads sign with at once: each has a handle of its own meanwhile.</summary>
internal sealed class SigningKey(ZoneKey key)
{
    public const int SignatureLength = 2 * ZoneKey.CoordinateLength;

    private readonly ConcurrentBag<ECDsa> _idle = [];

    public ushort Tag { get; } = key.Tag;

    /// <param name="data">What is signed.</param>
    /// <param name="signature"><see cref="SignatureLength"/> bytes: r, then s (RFC 6605 section 4).</param>
    public void Sign(ReadOnlySpan<byte> data, Span<byte> signature)
    {
        if (!_idle.TryTake(out var handle))
            handle = key.Open();
        handle.SignData(data, signature[..SignatureLength], HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        _idle.Add(handle);
    }
}
