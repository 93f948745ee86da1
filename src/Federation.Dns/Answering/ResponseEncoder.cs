using System.Buffers.Binary;
using Federation.Dns.Wire;
using Federation.Dns.Zones;

namespace Federation.Dns.Answering;

/// <summary>Writes a decided answer behind a copy of the question as it was asked, letter case included. Allocates nothing.</summary>
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

    private ResponseEncoder(Span<byte> response, int position, int room)
    {
        _response = response;
        _position = position;
        _room = room;
    }

    /// <summary>Writes the response and returns its length.</summary>
    /// <param name="packet">The query.</param>
    /// <param name="query">What was read of it.</param>
    /// <param name="decision">What to say.</param>
    /// <param name="response">At least 512 bytes.</param>
    /// <param name="limit">What the client takes; at most the length of <paramref name="response"/>.</param>
    /// <param name="edns">The OPT record that goes along.</param>
    /// <param name="code">What the response says in the end: an alias may lead to a name that does not exist (RFC 6604).</param>
    public static int Write(ReadOnlySpan<byte> packet, in Query query, in Decision decision, Span<byte> response, int limit, in EdnsReply edns, out ResponseCode code)
    {
        packet[..query.QuestionEnd].CopyTo(response);
        var optLength = edns.Length;
        var encoder = new ResponseEncoder(response, query.QuestionEnd, limit - optLength) { _truncated = decision.IsCutShort, _scope = decision.ScopeBits, _audience = query.Audience };
        code = decision.Answer is { Alias: not null } && query.Type is not (RecordType.Cname or RecordType.Any)
            ? encoder.WriteChain(query, decision)
            : encoder.WriteSections(decision, Header.Length, query.NameLength);
        if (edns.IsPresent)
        {
            edns.Write(response[encoder._position..], code, encoder._scope);
            encoder._position += optLength;
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
            if (!TryWriteAnswer(step.Answer, owner) || aliases == MostAliases)
                return step.Code;
            (owner, ownerLength) = (recordAt + DataAt, target.Length);
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
            if (TryWriteAnswer(answer, owner) && answer.AdditionalCount != 0 && owner == Header.Length && _position + answer.Additional.Length <= _room)
            {
                answer.Additional.CopyTo(_response[_position..]);
                _position += answer.Additional.Length;
                _additionals += answer.AdditionalCount;
            }
        }
        else if (decision.Delegation is { } delegation)
        {
            // Without the glue a resolver could not reach the child (RFC 9471): all, or truncated.
            if (TryWriteBlock(delegation.Records, owner + ownerLength))
            {
                _authorities += delegation.Servers.Records.Length;
                _additionals += delegation.Glue.Length;
            }
        }
        else if (decision.Zone is { } zone && TryWriteBlock(zone.Negative, owner + ownerLength))
        {
            _authorities++;
        }

        return decision.Code;
    }

    private bool TryWriteAnswer(PreparedAnswer answer, int owner)
    {
        var records = answer.Next(_audience);
        if (_position + records.Length > _room)
        {
            _truncated = true;
            return false;
        }

        var written = _response.Slice(_position, records.Length);
        records.CopyTo(written);
        if (owner != Header.Length)
            PointOwners(written, owner);
        _position += records.Length;
        _answers += answer.Count;
        return true;
    }

    /// <summary>Prepared records point at the question; those behind an alias belong to where it leads.</summary>
    private static void PointOwners(Span<byte> records, int owner)
    {
        while (!records.IsEmpty)
        {
            BinaryPrimitives.WriteUInt16BigEndian(records, (ushort)(Pointer | owner));
            records = records[(DataAt + BinaryPrimitives.ReadUInt16BigEndian(records[LengthAt..]))..];
        }
    }

    private bool TryWriteBlock(RecordBlock block, int nameEnd)
    {
        if (_position + block.Length > _room)
        {
            _truncated = true;
            return false;
        }

        block.Write(_response, _position, nameEnd);
        _position += block.Length;
        return true;
    }

    /// <summary>By hash: two names that share one end the chain early, and the resolver asks on.</summary>
    private static bool IsQuestion(DnsName target, in Query query) =>
        target.Hash == query.NameHash && target.Length == query.NameLength;

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
