using System.Buffers.Binary;
using Federation.Dns.Signing;
using Federation.Dns.Wire;
using Federation.Dns.Zones;

namespace Federation.Dns.Answering;

/// <summary>Writes a decided answer behind a copy of the question as it was asked, letter case included. Allocates nothing, but for signatures that nobody asked for before.</summary>
internal ref struct ResponseEncoder
{
    /// <summary>Aliases of one answer; a resolver that wants more asks on. Ends those that lead round in a circle, too.</summary>
    private const int MostAliases = 16;

    /// <summary>Of a record whose owner is a pointer: type, class, TTL and length, then the data.</summary>
    private const int LengthAt = 10;
    private const int DataAt = 12;
    private const ushort Pointer = 0xC000;

    private readonly Span<byte> _response;
    private readonly int _room;
    private int _position;
    private int _answers;
    private int _authorities;
    private int _additionals;
    private bool _truncated;
    private byte _scope;
    private ClientAddress _audience;
    private ReadOnlySpan<byte> _name;
    private ZoneSigner? _signer;
    private RecordType _asked;
    private bool _isCompactOk;

    private ResponseEncoder(Span<byte> response, int position, int room)
    {
        _response = response;
        _position = position;
        _room = room;
    }

    /// <summary>Writes the response and returns its length.</summary>
    /// <param name="packet">The query.</param>
    /// <param name="query">What was read of it.</param>
    /// <param name="name">The name asked for in lower case; not needed for an error.</param>
    /// <param name="decision">What to say.</param>
    /// <param name="response">At least 512 bytes.</param>
    /// <param name="limit">What the client takes; at most the length of <paramref name="response"/>.</param>
    /// <param name="edns">The OPT record that goes along.</param>
    /// <param name="code">What the response says in the end: an alias may lead to a name that does not exist (RFC 6604).</param>
    public static int Write(ReadOnlySpan<byte> packet, in Query query, ReadOnlySpan<byte> name, in Decision decision, Span<byte> response, int limit, in EdnsReply edns, out ResponseCode code)
    {
        packet[..query.QuestionEnd].CopyTo(response);
        var optLength = edns.Length;
        var encoder = new ResponseEncoder(response, query.QuestionEnd, limit - optLength)
        {
            _truncated = decision.IsCutShort,
            _scope = decision.ScopeBits,
            _audience = query.Audience,
            _name = name,
            _signer = SignerFor(query, decision),
            _asked = query.Type,
            _isCompactOk = query.Edns.CompactOk,
        };
        code = decision.Answer is { Alias: not null } && query.Type is not (RecordType.Cname or RecordType.Any)
            ? encoder.WriteChain(query, decision)
            : encoder.WriteSections(decision, Header.Length, query.NameLength);
        if (edns.IsPresent)
        {
            var padding = edns.PaddingFor(encoder._position, limit);
            edns.Write(response[encoder._position..], code, encoder._scope, padding);
            encoder._position += optLength + padding;
            encoder._additionals++;
        }

        WriteFlags(packet, response, decision.IsAuthoritative, code, encoder._truncated);
        Header.WriteCounts(response, query.HasQuestion ? 1 : 0, encoder._answers, encoder._authorities, encoder._additionals);
        return encoder._position;
    }

    /// <summary>Alias after alias, then what the last one leads to.</summary>
    private ResponseCode WriteChain(in Query query, Decision step)
    {
        var question = query.QuestionEnd - 4 - query.NameLength;
        var (owner, ownerLength) = (question, query.NameLength);
        for (var aliases = 0; step.Answer is { Alias: { } target }; aliases++)
        {
            var recordAt = _position;
            if (!TryWriteAnswer(step, step.Answer, owner) || aliases == MostAliases)
                return step.Code;
            (owner, ownerLength) = (recordAt + DataAt, target.Length);
            _name = target.Wire;
            if (IsQuestion(target, query) || Decider.Follow(target, query, step.Zone!) is not { } next)
                return step.Code;
            step = next;
            _scope = Math.Max(_scope, step.ScopeBits);
        }

        return WriteSections(step, owner, ownerLength);
    }

    /// <param name="decision">What to write.</param>
    /// <param name="owner">Where in the message the name is that it is about.</param>
    /// <param name="ownerLength">The length of that name.</param>
    private ResponseCode WriteSections(in Decision decision, int owner, int ownerLength)
    {
        if (decision.Answer is { } answer)
        {
            // Additional records are a courtesy: left out, not a reason to truncate (RFC 2181 section 9). They belong behind the question.
            // Those of a signed zone would need signatures, too.
            if (TryWriteAnswer(decision, answer, owner) && _signer is null && answer.AdditionalCount != 0 && owner == Header.Length && _position + answer.Additional.Length <= _room)
            {
                answer.Additional.CopyTo(_response[_position..]);
                _position += answer.Additional.Length;
                _additionals += answer.AdditionalCount;
            }
        }
        else if (decision.Delegation is { } delegation)
        {
            // Without the glue a resolver could not reach the child (RFC 9471): all, or truncated.
            if (TryWriteProof(decision, owner + ownerLength) && TryWriteBlock(delegation.Records, owner + ownerLength))
            {
                _authorities += delegation.Servers.Records.Length;
                _additionals += delegation.Glue.Length;
            }
        }
        else if (decision.Zone is { } zone)
        {
            if (_signer is not null)
                return WriteSignedDenial(decision, zone, owner, ownerLength);
            if (TryWriteBlock(zone.Negative, owner + ownerLength))
                _authorities++;
        }

        return decision.Code;
    }

    private bool TryWriteAnswer(in Decision decision, PreparedAnswer answer, int owner)
    {
        var records = answer.Next(_audience, out var selection);
        var signatures = _signer is null ? SignedRecords.None : _signer.Sign(_name, answer, selection, records, IsMadeUp(decision));
        if (!HasRoom(records.Length + signatures.Bytes.Length))
            return false;

        var written = _response.Slice(_position, records.Length);
        records.CopyTo(written);
        if (owner != Header.Length)
            PointOwners(written, owner);
        _position += records.Length;
        _answers += answer.Count;
        if (signatures.Count != 0)
            WriteSigned(signatures, owner, ref _answers);
        return true;
    }

    /// <summary>Whether the name is there because somebody asked for it: it does not exist, or a wildcard stands in for it.</summary>
    private readonly bool IsMadeUp(in Decision decision) =>
        decision.Node is not { } node || (node.Name.Wire.StartsWith("\u0001*"u8) && !node.Name.Wire.SequenceEqual(_name));

    /// <summary>Prepared records point at the question; those behind an alias belong to where it leads.</summary>
    private static void PointOwners(Span<byte> records, int owner)
    {
        while (!records.IsEmpty)
        {
            BinaryPrimitives.WriteUInt16BigEndian(records, (ushort)(Pointer | owner));
            records = records[(DataAt + BinaryPrimitives.ReadUInt16BigEndian(records[LengthAt..]))..];
        }
    }

    /// <summary>An NSEC record for the name with the SOA, all signed; in place of an error for a name that does not exist (RFC 9824).</summary>
    private ResponseCode WriteSignedDenial(in Decision decision, ZoneSnapshot zone, int owner, int ownerLength)
    {
        var denial = _signer!.Deny(_name, decision.Node, zone, IsMadeUp(decision));
        var code = decision.Code == ResponseCode.NameError && !_isCompactOk ? ResponseCode.NoError : decision.Code;

        // Asked for itself it is an answer, if there is such a name.
        if (decision.Node is not null && _asked == RecordType.Nsec && owner == Header.Length)
        {
            if (HasRoom(denial.Bytes.Length))
                WriteSigned(denial, owner, ref _answers);
            return code;
        }

        var signatures = _signer.SignAuthority(zone);
        if (!HasRoom(zone.Negative.Length + signatures.Bytes.Length + denial.Bytes.Length))
            return code;
        TryWriteBlock(zone.Negative, owner + ownerLength);
        _authorities++;
        WriteSigned(signatures, owner + ownerLength - zone.Apex.Length, ref _authorities);
        WriteSigned(denial, owner, ref _authorities);
        return code;
    }

    /// <summary>Of a delegation in a signed zone: the DS of the child, or that it has none. Goes before the servers, whose addresses belong to the next section.</summary>
    private bool TryWriteProof(in Decision decision, int nameEnd)
    {
        if (_signer is null || decision.Node is not { } cut)
            return true;
        var owner = nameEnd - cut.Name.Length;
        if (cut.Find(RecordType.Ds) is not { } signers)
        {
            var denial = _signer.Deny(cut.Name.Wire, cut, decision.Zone!, isMadeUp: false);
            if (!HasRoom(denial.Bytes.Length + decision.Delegation!.Records.Length))
                return false;
            WriteSigned(denial, owner, ref _authorities);
            return true;
        }

        var records = signers.Next(_audience, out var selection);
        var signatures = _signer.Sign(cut.Name.Wire, signers, selection, records, isMadeUp: false);
        if (!HasRoom(records.Length + signatures.Bytes.Length + decision.Delegation!.Records.Length))
            return false;
        records.CopyTo(_response[_position..]);
        PointOwners(_response.Slice(_position, records.Length), owner);
        _position += records.Length;
        _authorities += signers.Count;
        WriteSigned(signatures, owner, ref _authorities);
        return true;
    }

    private void WriteSigned(in SignedRecords records, int owner, ref int section)
    {
        var written = _response.Slice(_position, records.Bytes.Length);
        records.Bytes.CopyTo(written);
        PointOwners(written, owner);
        _position += records.Bytes.Length;
        section += records.Count;
    }

    /// <summary>Truncates where there is none.</summary>
    private bool HasRoom(int length)
    {
        _truncated |= _position + length > _room;
        return _position + length <= _room;
    }

    private bool TryWriteBlock(RecordBlock block, int nameEnd)
    {
        if (!HasRoom(block.Length))
            return false;
        block.Write(_response, _position, nameEnd);
        _position += block.Length;
        return true;
    }

    /// <summary>By hash: two names that share one end the chain early, and the resolver asks on.</summary>
    private static bool IsQuestion(DnsName target, in Query query) =>
        target.Hash == query.NameHash && target.Length == query.NameLength;

    /// <summary>Null: the answer is not signed; its zone is not, or who asks does not want to know.</summary>
    private static ZoneSigner? SignerFor(in Query query, in Decision decision) =>
        query.Edns.DnssecOk && decision.Zone is { } zone && query.Signers?.Find(zone.Apex) is { IsSigning: true } signer ? signer : null;

    private static void WriteFlags(ReadOnlySpan<byte> packet, Span<byte> response, bool isAuthoritative, ResponseCode code, bool truncated)
    {
        // RD and CD go back as they came (RFC 1035 section 4.1.1, RFC 4035 section 3.1.6); RA, AD and Z are clear.
        var flags = Header.Response | (packet[2] & (Header.OpcodeBits | Header.RecursionDesired));
        if (isAuthoritative)
            flags |= Header.Authoritative;
        if (truncated)
            flags |= Header.Truncated;
        response[2] = (byte)flags;
        response[3] = (byte)((packet[3] & Header.CheckingDisabled) | ((byte)code & Header.ResponseCodeBits));
    }
}
