using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Federation.Dns.Wire;

/// <summary>What a section of a message is for; in an update they are zone, prerequisite, update and additional (RFC 2136 section 2).</summary>
internal enum Section
{
    Question,
    Answer,
    Authority,
    Additional,
}

/// <summary>A message to another server. Sections are filled in their order; nothing is compressed.</summary>
internal sealed class OutgoingMessage
{
    private readonly ArrayBufferWriter<byte> _output = new(512);
    private readonly int[] _counts = new int[4];
    private readonly byte _opcodeAndFlags;

    /// <param name="opcode">4: NOTIFY, 5: UPDATE, 0: a query.</param>
    /// <param name="flags">Of the third byte of the header.</param>
    public OutgoingMessage(int opcode, byte flags = 0)
    {
        Id = (ushort)RandomNumberGenerator.GetInt32(1 << 16);
        _opcodeAndFlags = (byte)((opcode << 3) | flags);
    }

    public ushort Id { get; }

    public int Length => Header.Length + _output.WrittenCount;

    public void Question(DnsName name, RecordType type)
    {
        _output.Write(name.Wire);
        UInt16((ushort)type);
        UInt16((ushort)RecordClass.Internet);
        _counts[(int)Section.Question]++;
    }

    public void Record(Section section, WireRecord record, RecordClass @class = RecordClass.Internet) =>
        Record(section, record.Owner, record.Type, @class, record.Ttl, Convert.FromHexString(record.Data));

    public void Record(Section section, DnsName owner, RecordType type, RecordClass @class, uint ttl, ReadOnlySpan<byte> data)
    {
        _output.Write(owner.Wire);
        UInt16((ushort)type);
        UInt16((ushort)@class);
        BinaryPrimitives.WriteUInt32BigEndian(_output.GetSpan(4), ttl);
        _output.Advance(4);
        UInt16((ushort)data.Length);
        _output.Write(data);
        _counts[(int)section]++;
    }

    public byte[] ToArray()
    {
        var message = new byte[Length];
        BinaryPrimitives.WriteUInt16BigEndian(message, Id);
        message[2] = _opcodeAndFlags;
        Header.WriteCounts(message, _counts[0], _counts[1], _counts[2], _counts[3]);
        _output.WrittenSpan.CopyTo(message.AsSpan(Header.Length));
        return message;
    }

    private void UInt16(ushort value)
    {
        BinaryPrimitives.WriteUInt16BigEndian(_output.GetSpan(2), value);
        _output.Advance(2);
    }
}
