using System.Buffers;
using System.Buffers.Binary;

namespace Federation.Dns.Signing;

/// <summary>A record set in the one form that is signed: owners whole and in lower case, records in order and none twice (RFC 4034 section 6).</summary>
internal static class CanonicalSet
{
    // Of a record whose owner is a pointer: type, class, TTL and length, then the data.
    private const int TypeAt = 2;
    private const int LengthAt = 10;
    private const int DataAt = 12;

    /// <param name="to">Behind the head of the signature's own data.</param>
    /// <param name="owner">Of all records.</param>
    /// <param name="ttl">Of all records.</param>
    /// <param name="records">Owners are pointers; names in the data are whole and in lower case, as all names here are.</param>
    public static void Write(ArrayBufferWriter<byte> to, ReadOnlySpan<byte> owner, uint ttl, ReadOnlyMemory<byte> records)
    {
        var data = new List<ReadOnlyMemory<byte>>();
        var type = records.Slice(TypeAt, sizeof(ushort) * 2);
        while (!records.IsEmpty)
        {
            var length = BinaryPrimitives.ReadUInt16BigEndian(records.Span[LengthAt..]);
            data.Add(records.Slice(DataAt, length));
            records = records[(DataAt + length)..];
        }

        data.Sort((left, right) => left.Span.SequenceCompareTo(right.Span));
        for (var i = 0; i < data.Count; i++)
        {
            if (i > 0 && data[i].Span.SequenceEqual(data[i - 1].Span))
                continue;
            to.Write(owner);
            to.Write(type.Span); // and class
            BinaryPrimitives.WriteUInt32BigEndian(to.GetSpan(sizeof(uint)), ttl);
            to.Advance(sizeof(uint));
            BinaryPrimitives.WriteUInt16BigEndian(to.GetSpan(sizeof(ushort)), (ushort)data[i].Length);
            to.Advance(sizeof(ushort));
            to.Write(data[i].Span);
        }
    }
}
