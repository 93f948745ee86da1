using System.Buffers.Binary;
using Federation.Dns.Wire;

namespace Federation.Dns.Zones;

/// <summary>The SOA record that goes with every answer of no data (RFC 2308 section 2), ready for a question of any length.</summary>
internal sealed class NegativeRecord
{
    private readonly byte[] _record;
    private readonly int[] _pointers;
    private readonly int _apexLength;

    public NegativeRecord(DnsName apex, StartOfAuthorityData authority)
    {
        // Prepared as if the apex itself were asked. A longer question moves everything the pointers point at by the same distance.
        var writer = new RecordWriter(apex);
        writer.Record(apex, authority.Minimum, authority);
        _record = writer.ToArray();
        _pointers = [.. writer.Pointers];
        _apexLength = apex.Length;
    }

    public int Length => _record.Length;

    /// <param name="message">Where the record goes; at least <see cref="Length"/> bytes.</param>
    /// <param name="nameLength">Of the question's name, which must be the apex or a name below it.</param>
    public void Write(Span<byte> message, int nameLength)
    {
        _record.CopyTo(message);
        var moved = nameLength - _apexLength;
        foreach (var at in _pointers)
            BinaryPrimitives.WriteUInt16BigEndian(message[at..], (ushort)(BinaryPrimitives.ReadUInt16BigEndian(message[at..]) + moved));
    }
}
