using System.Collections.Immutable;
using System.Net;

namespace Federation.Dns.Wire;

/// <summary>The one question of a query.</summary>
/// <param name="Name">In lower case.</param>
/// <param name="Type">What is asked for.</param>
public sealed record StubQuestion(DnsName Name, RecordType Type);

/// <summary>Messages for a server that knows a few addresses and passes on the rest.</summary>
public static class StubMessages
{
    private const byte RecursionAvailable = 0x80;

    /// <summary>Null: nothing to answer, or nothing that can be.</summary>
    public static StubQuestion? Read(ReadOnlySpan<byte> packet)
    {
        Span<byte> name = stackalloc byte[QueryReader.NameBufferLength];
        return QueryReader.Read(packet, name, out var query) == QueryVerdict.Answer && query.Class == RecordClass.Internet
            ? new StubQuestion(DnsName.FromWire(packet.Slice(Header.Length, query.NameLength)), query.Type)
            : null;
    }

    /// <summary>The answer to a query that <see cref="Read"/> could read.</summary>
    /// <param name="packet">The query.</param>
    /// <param name="code">What became of it.</param>
    /// <param name="ttl">Seconds a client may keep the addresses.</param>
    /// <param name="addresses">What the name has; none: it exists and has nothing of the type.</param>
    public static byte[] Respond(ReadOnlySpan<byte> packet, ResponseCode code, uint ttl, ImmutableArray<IPAddress> addresses)
    {
        Span<byte> lower = stackalloc byte[QueryReader.NameBufferLength];
        QueryReader.Read(packet, lower, out var query);
        var question = query.HasQuestion ? DnsName.FromWire(packet.Slice(Header.Length, query.NameLength)) : DnsName.Root;
        var writer = new RecordWriter(question, compressesData: false);
        foreach (var address in addresses)
            writer.Record(question, ttl, new AddressData(address));
        var response = new byte[query.QuestionEnd + writer.Length];
        packet[..query.QuestionEnd].CopyTo(response);
        writer.ToArray().CopyTo(response, query.QuestionEnd);
        response[2] = (byte)(Header.Response | (packet[2] & (Header.OpcodeBits | Header.RecursionDesired)));
        response[3] = (byte)(RecursionAvailable | (byte)code);
        Header.WriteCounts(response, query.HasQuestion ? 1 : 0, addresses.Length, 0, 0);
        return response;
    }
}
