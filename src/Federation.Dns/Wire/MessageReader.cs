using System.Buffers.Binary;

namespace Federation.Dns.Wire;

/// <summary>Reads what other servers send, record by record. Every byte comes from a stranger: each step checks what is left before it reads.</summary>
internal ref struct MessageReader(ReadOnlySpan<byte> message, int position)
{
    private const int FixedLength = 10;

    private readonly ReadOnlySpan<byte> _message = message;

    /// <summary>Where the next thing begins.</summary>
    public int Position { get; private set; } = position;

    public readonly bool IsAtEnd => Position == _message.Length;

    public bool TryReadQuestion(out DnsName name, out RecordType type)
    {
        type = RecordType.None;
        if (!TryReadName(_message.Length, out name) || _message.Length - Position < 4)
            return false;
        type = (RecordType)BinaryPrimitives.ReadUInt16BigEndian(_message[Position..]);
        Position += 4;
        return true;
    }

    /// <summary>Reads a record whole, the names in its data too.</summary>
    public bool TryRead(out WireRecord? record)
    {
        record = null;
        if (!TryReadHead(out var owner, out var type, out var ttl, out var length))
            return false;
        var end = Position + length;
        if (!TryReadData(type, end, out var data) || Position != end)
            return false;
        record = new WireRecord(owner, type, ttl, data);
        return true;
    }

    /// <summary>Reads a record's owner and what is fixed; its data comes next and is inside the message.</summary>
    public bool TryReadHead(out DnsName owner, out RecordType type, out uint ttl, out int length)
    {
        (type, ttl, length) = (RecordType.None, 0, 0);
        if (!TryReadName(_message.Length, out owner) || _message.Length - Position < FixedLength)
            return false;
        var head = _message[Position..];
        type = (RecordType)BinaryPrimitives.ReadUInt16BigEndian(head);
        ttl = BinaryPrimitives.ReadUInt32BigEndian(head[4..]);
        length = BinaryPrimitives.ReadUInt16BigEndian(head[8..]);
        Position += FixedLength;
        return _message.Length - Position >= length;
    }

    /// <summary>Reads a name. A pointer leads towards the beginning of the message, and further with each one: so it ends.</summary>
    /// <param name="end">The name's own bytes end before it.</param>
    public bool TryReadName(int end, out DnsName name)
    {
        name = DnsName.Root;
        Span<byte> wire = stackalloc byte[DnsName.MaxLength];
        var (filled, at, lowest, jumped) = (0, Position, Position, false);
        while (at < (jumped ? _message.Length : end))
        {
            int label = _message[at];
            if (label >= 0xC0)
            {
                if (at + 2 > (jumped ? _message.Length : end))
                    return false;
                var target = BinaryPrimitives.ReadUInt16BigEndian(_message[at..]) & 0x3FFF;
                if (target >= lowest || target < Header.Length)
                    return false;
                if (!jumped)
                    Position = at + 2;
                (jumped, at, lowest) = (true, target, target);
                continue;
            }

            if (label > DnsName.MaxLabelLength || at + label + 1 > _message.Length || filled + label + 1 > DnsName.MaxLength)
                return false;
            _message.Slice(at, label + 1).CopyTo(wire[filled..]);
            filled += label + 1;
            at += label + 1;
            if (label != 0)
                continue;
            if (!jumped)
                Position = at;
            name = DnsName.FromWire(wire[..filled]);
            return Position <= end;
        }

        return false;
    }

    private bool TryReadData(RecordType type, int end, out string data)
    {
        var (before, names, after) = type switch
        {
            RecordType.Ns or RecordType.Cname or RecordType.Ptr => (0, 1, 0),
            RecordType.Mx => (2, 1, 0),
            RecordType.Srv => (6, 1, 0),
            RecordType.Soa => (0, 2, 20),
            _ => (end - Position, 0, 0),
        };
        data = "";
        if (end - Position < before)
            return false;
        var parts = Take(before);
        for (var i = 0; i < names; i++)
        {
            if (!TryReadName(end, out var name))
                return false;
            parts += Convert.ToHexString(name.Wire);
        }

        if (end - Position < after)
            return false;
        data = parts + Take(after);
        return true;
    }

    private string Take(int length)
    {
        var taken = Convert.ToHexString(_message.Slice(Position, length));
        Position += length;
        return taken;
    }
}
