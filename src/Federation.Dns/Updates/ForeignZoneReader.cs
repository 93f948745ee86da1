using Federation.Dns.Tsig;
using Federation.Dns.Wire;

namespace Federation.Dns.Updates;

/// <summary>Reads a zone from another server: whole (RFC 5936), or the records of one name.</summary>
internal static class ForeignZoneReader
{
    /// <summary>A zone with more is not held in memory.</summary>
    private const int MostRecords = 5_000_000;

    /// <exception cref="ForeignServerException">The server does not give it.</exception>
    public static async Task<List<WireRecord>> ReadAllAsync(DnsConnection connection, DnsName zone, CancellationToken cancellationToken)
    {
        var message = new OutgoingMessage(0);
        message.Question(zone, RecordType.Axfr);
        var chain = await connection.SendAsync(message, cancellationToken);
        var transfer = new IncomingTransfer(zone, chain);
        while (!transfer.IsWhole)
        {
            transfer.Take(await connection.ReceiveAsync(message.Id, cancellationToken));
            if (transfer.Records.Count > MostRecords)
                throw new ForeignServerException($"The server's zone {zone} has more than {MostRecords} records.");
        }

        return transfer.Records;
    }

    /// <exception cref="ForeignServerException">The server does not answer.</exception>
    public static async Task<List<WireRecord>> ReadTextAsync(DnsConnection connection, DnsName name, CancellationToken cancellationToken)
    {
        var message = new OutgoingMessage(0);
        message.Question(name, RecordType.Txt);
        var answer = await connection.AskAsync(message, cancellationToken);
        if (DnsConnection.CodeOf(answer) is not (ResponseCode.NoError or ResponseCode.NameError) and var code)
            throw new ForeignServerException($"The server answers {code.ToMnemonic()} when it is asked for {name}.");
        return ReadAnswers(answer) ?? throw new ForeignServerException($"The server's answer about {name} cannot be read.");
    }

    /// <summary>The records of the answer section; null: the message is malformed.</summary>
    public static List<WireRecord>? ReadAnswers(ReadOnlySpan<byte> message)
    {
        var reader = new MessageReader(message, Header.Length);
        for (var i = 0; i < Header.QuestionCount(message); i++)
        {
            if (!reader.TryReadQuestion(out _, out _))
                return null;
        }

        var records = new List<WireRecord>();
        for (var i = 0; i < Header.AnswerCount(message); i++)
        {
            if (!reader.TryRead(out var record))
                return null;
            records.Add(record!);
        }

        return records;
    }
}

/// <summary>The messages of a transfer, put together: it is whole when the SOA comes again.</summary>
internal sealed class IncomingTransfer(DnsName zone, TsigChain chain)
{
    /// <summary>In the order they came, the last SOA left out.</summary>
    public List<WireRecord> Records { get; } = [];

    public bool IsWhole { get; private set; }

    /// <exception cref="ForeignServerException">The server refuses, or the message is wrong or not signed as it should be.</exception>
    public void Take(ReadOnlySpan<byte> message)
    {
        if (DnsConnection.CodeOf(message) is not ResponseCode.NoError and var code)
            throw new ForeignServerException($"The server answers {code.ToMnemonic()} when zone {zone} is to be transferred: is the key allowed to?");
        foreach (var record in ForeignZoneReader.ReadAnswers(message) ?? throw new ForeignServerException($"The server's transfer of {zone} cannot be read."))
        {
            var isTop = record.Type == RecordType.Soa;
            if (IsWhole || (Records.Count == 0 && !isTop) || !record.Owner.IsAtOrBelow(zone))
                throw new ForeignServerException($"The server's transfer of {zone} is not between its SOAs.");
            IsWhole = isTop && Records.Count > 0;
            if (!IsWhole)
                Records.Add(record);
        }

        if (!chain.Accepts(message, IsWhole))
            throw new ForeignServerException($"The server's transfer of {zone} is not signed as it should be.");
    }
}
