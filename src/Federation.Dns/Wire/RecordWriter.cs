using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Federation.Dns.Wire;

/// <summary>Writes records as they follow a question, when a zone is prepared and not when it is asked.</summary>
/// <remarks>
/// Offsets are those of a whole message with <paramref name="question"/> as its question, so names can be compressed (RFC 1035 section 4.1.4) against the
/// question and against what was written before.
/// </remarks>
/// <param name="compressesData">
/// Whether names in records' data may be compressed (those of the types for which RFC 3597 section 4 allows it). Without it the only pointers are owners
/// that are the question, so that the records can follow any name that takes its place.
/// </param>
/// <param name="recordClass">Of all records.</param>
internal sealed class RecordWriter(DnsName question, bool compressesData, RecordClass recordClass = RecordClass.Internet)
{
    private const int MaxPointer = 0x3FFF;

    private readonly ArrayBufferWriter<byte> _output = new(128);
    private readonly List<int> _pointers = [];
    private Dictionary<DnsName, int>? _offsets;

    public int Length => _output.WrittenCount;

    /// <summary>Where compression pointers were written, counted from the first record.</summary>
    public IReadOnlyList<int> Pointers => _pointers;

    public byte[] ToArray() => _output.WrittenSpan.ToArray();

    public void Record(DnsName owner, uint ttl, RecordData data)
    {
        CompressedName(owner);
        UInt16((ushort)data.Type);
        UInt16((ushort)recordClass);
        UInt32(ttl);
        var lengthAt = _output.WrittenCount;
        UInt16(0);
        data.Write(this);
        var length = _output.WrittenCount - lengthAt - sizeof(ushort);
        if (length > ushort.MaxValue)
            throw new InvalidOperationException($"A {data.Type} record of {owner} has {length} bytes of data; {ushort.MaxValue} is the most.");
        BinaryPrimitives.WriteUInt16BigEndian(WrittenAt(lengthAt), (ushort)length);
    }

    public void UInt16(ushort value)
    {
        BinaryPrimitives.WriteUInt16BigEndian(_output.GetSpan(sizeof(ushort)), value);
        _output.Advance(sizeof(ushort));
    }

    public void UInt32(uint value)
    {
        BinaryPrimitives.WriteUInt32BigEndian(_output.GetSpan(sizeof(uint)), value);
        _output.Advance(sizeof(uint));
    }

    public void Bytes(ReadOnlySpan<byte> bytes) => _output.Write(bytes);

    public void CharacterString(string text)
    {
        var bytes = Encoding.Latin1.GetBytes(text);
        if (bytes.Length > byte.MaxValue)
            throw new InvalidOperationException($"A text string has {bytes.Length} bytes; {byte.MaxValue} is the most.");
        _output.Write([(byte)bytes.Length]);
        _output.Write(bytes);
    }

    /// <summary>A name in the data of a type whose names may be compressed.</summary>
    public void DataName(DnsName name)
    {
        if (compressesData)
            CompressedName(name);
        else
            PlainName(name);
    }

    public void PlainName(DnsName name) => _output.Write(name.Wire);

    public void CompressedName(DnsName name)
    {
        // Nearly every owner: no need to learn what else of the question could be pointed at.
        if (name.Equals(question) && !name.IsRoot)
        {
            Pointer(Header.Length);
            return;
        }

        _offsets ??= LearnQuestion();
        while (!name.IsRoot)
        {
            if (_offsets.TryGetValue(name, out var offset))
            {
                Pointer(offset);
                return;
            }

            var here = Header.Length + question.Length + 4 + _output.WrittenCount;
            if (here <= MaxPointer)
                _offsets.Add(name, here);
            _output.Write(name.Wire[..(name.Wire[0] + 1)]);
            name = name.Parent;
        }

        _output.Write([(byte)0]);
    }

    private void Pointer(int offset)
    {
        _pointers.Add(_output.WrittenCount);
        UInt16((ushort)(0xC000 | offset));
    }

    private Dictionary<DnsName, int> LearnQuestion()
    {
        var offsets = new Dictionary<DnsName, int>();
        var offset = Header.Length;
        for (var name = question; !name.IsRoot; name = name.Parent)
        {
            offsets.Add(name, offset);
            offset += name.Wire[0] + 1;
        }

        return offsets;
    }

    // What has been written stays writable: the span of an ArrayBufferWriter's memory is the buffer itself.
    private Span<byte> WrittenAt(int offset) =>
        System.Runtime.InteropServices.MemoryMarshal.AsMemory(_output.WrittenMemory).Span[offset..];
}
