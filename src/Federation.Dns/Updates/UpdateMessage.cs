using Federation.Dns.Wire;

namespace Federation.Dns.Updates;

/// <summary>Writes updates (RFC 2136): all of one is done, or nothing.</summary>
internal static class UpdateMessage
{
    private const int Opcode = 5;

    /// <summary>Room for the names of one update.</summary>
    public const int MostBytes = 32 * 1024;

    /// <param name="zone">The server's.</param>
    /// <param name="progressName">Where the progress is marked.</param>
    /// <param name="before">The progress that the server has to have, or nothing is done; null: none.</param>
    /// <param name="after">The progress that it has then.</param>
    /// <param name="names">What else changes.</param>
    public static OutgoingMessage Write(DnsName zone, DnsName progressName, WireRecord? before, WireRecord after, IEnumerable<NameUpdate> names)
    {
        var message = new OutgoingMessage(Opcode);
        message.Question(zone, RecordType.Soa);
        if (before is null)
            message.Record(Section.Answer, progressName, RecordType.Txt, RecordClass.Nobody, 0, []); // the set does not exist (section 2.4.3)
        else
            message.Record(Section.Answer, before with { Ttl = 0 }); // it exists and is this (section 2.4.2)
        foreach (var name in names)
        {
            foreach (var record in name.Deleted)
                Delete(message, record);
            foreach (var record in name.Added)
                message.Record(Section.Authority, record);
        }

        if (before is not null)
            Delete(message, before);
        message.Record(Section.Authority, after);
        return message;
    }

    /// <summary>One record, the others of its set stay (section 2.5.4).</summary>
    private static void Delete(OutgoingMessage message, WireRecord record) => message.Record(Section.Authority, record with { Ttl = 0 }, RecordClass.Nobody);
}
