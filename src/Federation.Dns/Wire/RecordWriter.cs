using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Federation.Dns.Wire;

/// <summary>Writes records as they follow a question, when a zone is prepared and not when it is asked.</summary>
/// <remarks>
/// Offsets are those of a whole message with <paramref name="question"/> as its question, so names can be compressed (RFC 1035 section 4.1.4) against the
/// question and against what was written before.
/// </remarks>
internal sealed class RecordWriter(DnsName question)
{
    private const int MaxPointer = 0x3FFF;

    private readonly ArrayBufferWriter<byte> output = new(128);
    private readonly Dictionary<DnsName, int> offsets = [];
    private readonly List<int> pointers = [];
    private bool knowsQuestion;

    public int Length => output.WrittenCount;

    /// <summary>Where compression pointers were written, counted from the first record.</summary>
    public IReadOnlyList<int> Pointers => pointers;

    public byte[] ToArray() => output.WrittenSpan.ToArray();

    public void Record(DnsName owner, uint ttl, RecordData data)
    {
        CompressedName(owner);
        UInt16((ushort)data.Type);
        UInt16((ushort)RecordClass.Internet);
        UInt32(ttl);
        var lengthAt = output.WrittenCount;
        UInt16(0);
        data.Write(this);
        var length = output.WrittenCount - lengthAt - sizeof(ushort);
        if (length > ushort.MaxValue)
            throw new InvalidOperationException($"A {data.Type} record of {owner} has {length} bytes of data; {ushort.MaxValue} is the most.");
        BinaryPrimitives.WriteUInt16BigEndian(WrittenAt(lengthAt), (ushort)length);
    }

    public void UInt16(ushort value)
    {
        BinaryPrimitives.WriteUInt16BigEndian(output.GetSpan(sizeof(ushort)), value);
        output.Advance(sizeof(ushort));
    }

    public void UInt32(uint value)
    {
        BinaryPrimitives.WriteUInt32BigEndian(output.GetSpan(sizeof(uint)), value);
        output.Advance(sizeof(uint));
    }

    public void Bytes(ReadOnlySpan<byte> bytes) => output.Write(bytes);

    public void CharacterString(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        if (bytes.Length > byte.MaxValue)
            throw new InvalidOperationException($"A text string has {bytes.Length} bytes; {byte.MaxValue} is the most.");
        output.Write([(byte)bytes.Length]);
        output.Write(bytes);
    }

    public void PlainName(DnsName name) => output.Write(name.Wire);

    public void CompressedName(DnsName name)
    {
        LearnQuestion();
        while (!name.IsRoot)
        {
            if (offsets.TryGetValue(name, out var offset))
            {
                pointers.Add(output.WrittenCount);
                UInt16((ushort)(0xC000 | offset));
                return;
            }

            var here = Header.Length + question.Length + 4 + output.WrittenCount;
            if (here <= MaxPointer)
                offsets.Add(name, here);
            output.Write(name.Wire[..(name.Wire[0] + 1)]);
            name = name.Parent;
        }

        output.Write([(byte)0]);
    }

    private void LearnQuestion()
    {
        if (knowsQuestion)
            return;
        knowsQuestion = true;
        var offset = Header.Length;
        for (var name = question; !name.IsRoot; name = name.Parent)
        {
            offsets.Add(name, offset);
            offset += name.Wire[0] + 1;
        }
    }

    // What has been written stays writable: the span of an ArrayBufferWriter's memory is the buffer itself.
    private Span<byte> WrittenAt(int offset) =>
        System.Runtime.InteropServices.MemoryMarshal.AsMemory(output.WrittenMemory).Span[offset..];
}
