using System.Buffers.Binary;
using Federation.Dns.Wire;

namespace Federation.Dns.Zones;

/// <summary>Records as bytes that can follow any name at or below the one they were prepared for: the SOA of a denial, the servers of a child zone.</summary>
internal sealed class RecordBlock
{
    private readonly byte[] _records;
    private readonly int[] _pointers;
    private readonly int _nameEnd;
    private readonly int _begin;

    /// <param name="name">Prepared as if it had been asked for.</param>
    /// <param name="records">In order.</param>
    public RecordBlock(DnsName name, IEnumerable<(DnsName Owner, uint Ttl, RecordData Data)> records)
    {
        var writer = new RecordWriter(name, compressesData: true);
        foreach (var (owner, ttl, data) in records)
        {
            Ttl = ttl;
            writer.Record(owner, ttl, data);
            Count++;
        }

        _records = writer.ToArray();
        _pointers = [.. writer.Pointers];
        _nameEnd = Header.Length + name.Length;
        _begin = _nameEnd + 4;
    }

    public int Length => _records.Length;

    public int Count { get; }

    /// <summary>Of the last record, in seconds.</summary>
    public uint Ttl { get; }

    /// <param name="message">The message.</param>
    /// <param name="at">Where the records go.</param>
    /// <param name="nameEnd">Where a name in the message ends that is the one prepared for, or below it.</param>
    public void Write(Span<byte> message, int at, int nameEnd)
    {
        _records.CopyTo(message[at..]);
        foreach (var pointer in _pointers)
        {
            // What pointed into the name points into the one that is there; what pointed at a record moves with the records.
            var place = message[(at + pointer)..];
            var target = BinaryPrimitives.ReadUInt16BigEndian(place) & 0x3FFF;
            target += target < _nameEnd ? nameEnd - _nameEnd : at - _begin;
            BinaryPrimitives.WriteUInt16BigEndian(place, (ushort)(0xC000 | target));
        }
    }

    public bool IsSameAs(RecordBlock other) => _records.AsSpan().SequenceEqual(other._records);
}
