using System.Buffers.Binary;
using System.Security.Cryptography;
using Federation.Dns.Wire;

namespace Federation.Dns.Signing.Keys;

/// <summary>A key of a zone: ECDSA on the curve P-256 with SHA-256, algorithm 13 (RFC 6605).</summary>
/// <param name="Zone">Whose it is.</param>
/// <param name="IsEntryPoint">The parent's DS names this key, so it signs the zone's keys; without others it signs everything (a combined key).</param>
/// <param name="PublicKey">The point's two coordinates, 64 bytes.</param>
/// <param name="PrivateKey">32 bytes.</param>
/// <param name="Times">From when to when it is what.</param>
public sealed record ZoneKey(DnsName Zone, bool IsEntryPoint, ReadOnlyMemory<byte> PublicKey, ReadOnlyMemory<byte> PrivateKey, KeyTimes Times)
{
    public const byte Algorithm = 13;
    public const int CoordinateLength = 32;

    private const ushort ZoneFlag = 256;
    private const ushort EntryPointFlag = 1;
    private const byte Protocol = 3;
    private const byte DigestSha256 = 2;

    public ushort Flags => (ushort)(ZoneFlag | (IsEntryPoint ? EntryPointFlag : 0));

    /// <summary>A number that tells a zone's keys apart, nearly always (RFC 4034 appendix B).</summary>
    public ushort Tag
    {
        get
        {
            uint sum = 0;
            var record = Record();
            for (var i = 0; i < record.Length; i++)
                sum += i % 2 == 0 ? (uint)record[i] << 8 : record[i];
            return (ushort)(sum + (sum >> 16));
        }
    }

    /// <summary>A new one.</summary>
    public static ZoneKey Generate(DnsName zone, bool isEntryPoint, KeyTimes times)
    {
        using var made = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var parameters = made.ExportParameters(includePrivateParameters: true);
        return new ZoneKey(zone, isEntryPoint, (byte[])[.. parameters.Q.X!, .. parameters.Q.Y!], parameters.D!, times);
    }

    /// <summary>The data of its DNSKEY and CDNSKEY records.</summary>
    public byte[] Record()
    {
        var record = new byte[4 + PublicKey.Length];
        BinaryPrimitives.WriteUInt16BigEndian(record, Flags);
        (record[2], record[3]) = (Protocol, Algorithm);
        PublicKey.Span.CopyTo(record.AsSpan(4));
        return record;
    }

    /// <summary>The record that the parent is to have, and the data of the CDS record.</summary>
    public DelegationSignerData Signer()
    {
        byte[] digested = [.. Zone.Wire, .. Record()];
        return new DelegationSignerData(Tag, Algorithm, DigestSha256, Convert.ToHexString(SHA256.HashData(digested)));
    }

    /// <summary>That record as a zone file writes it.</summary>
    public string ParentRecord() => $"{Zone} IN DS {RecordText.Format(Signer())}";

    /// <summary>For signing with it. Of one that nobody else uses at the same time.</summary>
    /// <exception cref="CryptographicException">The two halves do not belong together, or are on no such curve.</exception>
    public ECDsa Open() => ECDsa.Create(new ECParameters
    {
        Curve = ECCurve.NamedCurves.nistP256,
        D = PrivateKey.ToArray(),
        Q = new ECPoint { X = PublicKey[..CoordinateLength].ToArray(), Y = PublicKey[CoordinateLength..].ToArray() },
    });
}

/// <summary>What a key is from when on, as BIND's key files say it. Null: never, but see <see cref="IsUntimed"/>.</summary>
public sealed record KeyTimes
{
    public DateTimeOffset? Created { get; init; }

    /// <summary>It is in the zone's DNSKEY records; one for the parent also signs them.</summary>
    public DateTimeOffset? Publish { get; init; }

    /// <summary>It signs.</summary>
    public DateTimeOffset? Activate { get; init; }

    /// <summary>It signs no more; what it signed goes on being good.</summary>
    public DateTimeOffset? Inactive { get; init; }

    /// <summary>It is in the zone no more.</summary>
    public DateTimeOffset? Delete { get; init; }

    /// <summary>The parent is to have its DS: CDS and CDNSKEY say so (RFC 7344).</summary>
    public DateTimeOffset? SyncPublish { get; init; }

    /// <summary>The parent is to have it no more.</summary>
    public DateTimeOffset? SyncDelete { get; init; }

    /// <summary>Made by a program that knows no times: in use at once.</summary>
    public bool IsUntimed => this == new KeyTimes();

    /// <summary>When something changes, in order.</summary>
    public IEnumerable<DateTimeOffset> Moments =>
        new[] { Publish, Activate, Inactive, Delete, SyncPublish, SyncDelete }.OfType<DateTimeOffset>().Order();
}
