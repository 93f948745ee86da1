using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Federation.Dns.Signing.Keys;
using Federation.Dns.Wire;
using Federation.Dns.Zones;

namespace Federation.Dns.Signing;

/// <summary>Signs what one zone answers when it is asked for the first time, and keeps the signatures (RFC 4034, RFC 9824).</summary>
/// <remarks>
/// A signature belongs to an owner and to an object that stands for what is signed: a prepared answer, a node, the SOA of denials. Those live on through zone
/// versions that leave them alone, and so do their signatures. What was signed before allocates nothing.
/// </remarks>
internal sealed class ZoneSigner
{
    /// <summary>Seconds that resolvers keep the zone's keys.</summary>
    public const uint KeyTtl = 3600;

    private const int RecordHead = 12; // pointer, type, class, TTL, length
    private const int SignatureHead = 18;

    /// <summary>Stands for a name that does not exist.</summary>
    private static readonly object Nobody = new();

    private readonly TimeProvider _time;
    private readonly SigningCaches _caches;
    private readonly SigningKey[] _dataSigners;
    private readonly SigningKey[] _keySigners;
    private readonly PreparedAnswer[] _keyAnswers;

    /// <param name="apex">Of the zone.</param>
    /// <param name="roles">Its keys.</param>
    /// <param name="caches">Those of all zones.</param>
    /// <param name="time">Decides from when to when signatures are good.</param>
    public ZoneSigner(DnsName apex, KeyRoles roles, SigningCaches caches, TimeProvider time)
    {
        Apex = apex;
        Roles = roles;
        _caches = caches;
        _time = time;
        var keys = roles.Published.ToDictionary(key => key, key => new SigningKey(key));
        _dataSigners = [.. roles.DataSigners.Select(key => keys[key])];
        _keySigners = [.. roles.KeySigners.Select(key => keys[key])];
        _keyAnswers =
        [
            .. Prepare(RecordType.Dnskey, roles.Published, key => key.Record()),
            .. Prepare(RecordType.Cdnskey, roles.ForParent, key => key.Record()),
            .. Prepare(RecordType.Cds, roles.ForParent, key => SignerBytes(key.Signer())),
        ];
    }

    public DnsName Apex { get; }

    public KeyRoles Roles { get; }

    /// <summary>False while its keys are only published.</summary>
    public bool IsSigning => _dataSigners.Length > 0;

    /// <summary>What the top of the zone has of its keys; null: nothing of that type.</summary>
    public PreparedAnswer? Find(RecordType type)
    {
        foreach (var answer in _keyAnswers)
        {
            if (answer.Type == type)
                return answer;
        }

        return null;
    }

    /// <summary>The signatures of an answer.</summary>
    /// <param name="owner">The name it is given for, in lower case and wire form. A wildcard's answer is signed as that name's own.</param>
    /// <param name="answer">What is given.</param>
    /// <param name="selection">Which of its records.</param>
    /// <param name="records">Those records.</param>
    /// <param name="isMadeUp">Who asks chose the name.</param>
    public SignedRecords Sign(ReadOnlySpan<byte> owner, PreparedAnswer answer, int selection, ReadOnlySpan<byte> records, bool isMadeUp)
    {
        var cache = isMadeUp ? _caches.MadeUp : _caches.Known;
        var (hash, now) = (Hash(owner, answer, (uint)selection), Now());
        if (cache.Find(hash, this, owner, answer, (uint)selection, now) is { } cached)
            return cached.Records;
        var signers = answer.Type is RecordType.Dnskey or RecordType.Cds or RecordType.Cdnskey ? _keySigners : _dataSigners;
        return Keep(cache, hash, owner, answer, (uint)selection, now, Make(owner, answer.Ttl, records, signers, hash, now, isGiven: false));
    }

    /// <summary>The signatures of the SOA that goes along with a denial.</summary>
    public SignedRecords SignAuthority(ZoneSnapshot zone)
    {
        var (hash, now) = (Hash(zone.Apex.Wire, zone.Negative, 0), Now());
        if (_caches.Known.Find(hash, this, zone.Apex.Wire, zone.Negative, 0, now) is { } cached)
            return cached.Records;
        var authority = zone.ApexNode.Find(RecordType.Soa)!.Next(default);
        return Keep(_caches.Known, hash, zone.Apex.Wire, zone.Negative, 0, now, Make(zone.Apex.Wire, zone.Negative.Ttl, authority, _dataSigners, hash, now, isGiven: false));
    }

    /// <summary>An NSEC record that says what types a name has, or that there is no such name, and its signatures.</summary>
    /// <param name="owner">The name, in lower case and wire form.</param>
    /// <param name="node">What there is for it; null: nothing.</param>
    /// <param name="zone">Its zone.</param>
    /// <param name="isMadeUp">Who asks chose the name.</param>
    public SignedRecords Deny(ReadOnlySpan<byte> owner, ZoneNode? node, ZoneSnapshot zone, bool isMadeUp)
    {
        var cache = isMadeUp ? _caches.MadeUp : _caches.Known;
        var subject = node ?? Nobody;
        var (ttl, now) = (zone.Negative.Ttl, Now());
        var hash = Hash(owner, subject, ttl);
        if (cache.Find(hash, this, owner, subject, ttl, now) is { } cached)
            return cached.Records;

        Span<byte> next = stackalloc byte[DnsName.MaxLength];
        next = next[..NameSuccessor.Write(owner, next)];
        var types = TypeBitmap.Of(TypesOf(node, zone));
        var record = new byte[RecordHead + next.Length + types.Length];
        WriteHead(record, RecordType.Nsec, ttl, record.Length - RecordHead);
        next.CopyTo(record.AsSpan(RecordHead));
        types.CopyTo(record, RecordHead + next.Length);
        return Keep(cache, hash, owner, subject, ttl, now, Make(owner, ttl, record, _dataSigners, hash, now, isGiven: true));
    }

    private IEnumerable<RecordType> TypesOf(ZoneNode? node, ZoneSnapshot zone)
    {
        var own = node is null ? [RecordType.Nxname] : node.Types;
        var cut = node?.Delegation is null ? Array.Empty<RecordType>() : [RecordType.Ns];
        var keys = node?.Name.Equals(zone.Apex) == true ? _keyAnswers.Select(answer => answer.Type) : [];
        return [.. own, .. cut, .. keys, RecordType.Rrsig, RecordType.Nsec];
    }

    /// <summary>Signs a record set with each of the keys.</summary>
    /// <param name="owner">Of the records.</param>
    /// <param name="ttl">Of the records.</param>
    /// <param name="records">With pointers as owners.</param>
    /// <param name="signers">At least one.</param>
    /// <param name="spread">Different for different record sets.</param>
    /// <param name="now">Unix seconds.</param>
    /// <param name="isGiven">The records themselves go before their signatures.</param>
    private (SignedRecords Records, SignatureLife Life) Make(
        ReadOnlySpan<byte> owner, uint ttl, ReadOnlySpan<byte> records, SigningKey[] signers, uint spread, long now, bool isGiven)
    {
        var life = SignatureLife.From(now, spread);
        var each = RecordHead + SignatureHead + Apex.Length + SigningKey.SignatureLength;
        var kept = isGiven ? records.Length : 0;
        var result = new byte[kept + (signers.Length * each)];
        records[..kept].CopyTo(result);
        var copy = records.ToArray();
        for (var i = 0; i < signers.Length; i++)
        {
            var record = result.AsSpan(kept + (i * each), each);
            WriteHead(record, RecordType.Rrsig, ttl, each - RecordHead);
            var data = record[RecordHead..];
            copy.AsSpan(2, sizeof(ushort)).CopyTo(data); // the type
            (data[2], data[3]) = (ZoneKey.Algorithm, Labels(owner));
            BinaryPrimitives.WriteUInt32BigEndian(data[4..], ttl);
            BinaryPrimitives.WriteUInt32BigEndian(data[8..], (uint)life.Expiration);
            BinaryPrimitives.WriteUInt32BigEndian(data[12..], (uint)life.Inception);
            BinaryPrimitives.WriteUInt16BigEndian(data[16..], signers[i].Tag);
            Apex.Wire.CopyTo(data[SignatureHead..]);

            var signed = new ArrayBufferWriter<byte>(512);
            signed.Write(data[..(SignatureHead + Apex.Length)]);
            CanonicalSet.Write(signed, owner, ttl, copy);
            signers[i].Sign(signed.WrittenSpan, data[(SignatureHead + Apex.Length)..]);
        }

        _caches.CountSigned(signers.Length);
        return (new SignedRecords(result, signers.Length + (isGiven ? 1 : 0)), life);
    }

    private SignedRecords Keep(SignatureCache cache, uint hash, ReadOnlySpan<byte> owner, object subject, uint variant, long now, (SignedRecords Records, SignatureLife Life) made)
    {
        cache.Put(hash, new CachedSignature(this, owner.ToArray(), subject, variant, made.Records, made.Life.Inception, made.Life.Until), now);
        return made.Records;
    }

    private long Now() => _time.GetUtcNow().ToUnixTimeSeconds();

    private static uint Hash(ReadOnlySpan<byte> owner, object subject, uint variant) =>
        NameHash.Hash(owner) ^ ((uint)RuntimeHelpers.GetHashCode(subject) * 0x9E3779B9) ^ (variant * 0x85EBCA6B);

    private static void WriteHead(Span<byte> record, RecordType type, uint ttl, int length)
    {
        record[..2].Clear();
        BinaryPrimitives.WriteUInt16BigEndian(record[2..], (ushort)type);
        BinaryPrimitives.WriteUInt16BigEndian(record[4..], (ushort)RecordClass.Internet);
        BinaryPrimitives.WriteUInt32BigEndian(record[6..], ttl);
        BinaryPrimitives.WriteUInt16BigEndian(record[10..], (ushort)length);
    }

    /// <summary>How many labels the owner has, the root and an asterisk in front aside (RFC 4034 section 3.1.3).</summary>
    private static byte Labels(ReadOnlySpan<byte> owner)
    {
        byte labels = 0;
        for (var at = 0; owner[at] != 0; at += owner[at] + 1)
            labels++;
        return owner.StartsWith("\u0001*"u8) ? (byte)(labels - 1) : labels;
    }

    private IEnumerable<PreparedAnswer> Prepare(RecordType type, IReadOnlyCollection<ZoneKey> keys, Func<ZoneKey, byte[]> data) => keys.Count == 0
        ? []
        : [PreparedAnswer.Prepare(Apex, RecordSet.Of(KeyTtl, [.. keys.Select(key => (RecordData)new OpaqueData(type, Convert.ToHexString(data(key))))]), null)];

    private static byte[] SignerBytes(DelegationSignerData signer) =>
        [(byte)(signer.KeyTag >> 8), (byte)signer.KeyTag, signer.Algorithm, signer.DigestType, .. Convert.FromHexString(signer.Digest)];
}
