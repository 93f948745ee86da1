using System.Runtime.CompilerServices;
using Federation.Dns.Answering;
using Federation.Dns.Signing;
using Federation.Dns.Tsig;
using Federation.Dns.Wire;
using Federation.Dns.Zones;
using Microsoft.Extensions.Logging;

namespace Federation.Dns.Transfers;

/// <summary>Gives whole zones, or what has changed of them, to those who may have them (RFC 5936, RFC 1995).</summary>
internal sealed partial class TransferServer(
    TransferOptions options, TsigKeys keys, ZoneState state, SigningState signing, ZoneJournal journal, TransferMetrics metrics, TimeProvider time, ILogger<TransferServer> logger)
{
    private const string SignedReason = "the zone is signed on line, and a copy would lack its signatures";

    /// <summary>Begins a transfer. Null: the packet asks for none, or for one that is not for the client; then the answer is the same as to any query.</summary>
    [SkipLocalsInit]
    public Transfer? Open(ReadOnlySpan<byte> packet, in Arrival arrival)
    {
        if (!TransferRequest.IsOne(packet))
            return null;
        Span<byte> name = stackalloc byte[QueryReader.NameBufferLength];
        if (QueryReader.Read(packet, name, out var query) != QueryVerdict.Answer || query.Class != RecordClass.Internet || query.Edns.Version != 0)
            return null;
        var signature = query.TsigAt == 0 ? null : TsigVerdict.Of(packet, query.TsigAt, keys, time);
        var (client, key) = (arrival.Client, signature?.Key?.Name);
        var address = client.ToIPAddress();
        var asked = DnsName.FromWire(packet.Slice(Header.Length, query.NameLength));
        var maySign = options.AllowedUnsigned.Any(peer => peer.Allows(client, key));
        if (signature is { IsGood: false } || !(maySign || options.Allowed.Any(peer => peer.Allows(client, key))))
        {
            metrics.Count(TransferKind.Refused);
            LogRefused(address, asked, key);
            return null;
        }

        var head = new TransferHead(packet[..query.QuestionEnd].ToArray(), query.Edns.IsPresent, signature?.Chain);
        if (TransferRequest.Read(packet) is not { } request)
            return Transfer.Failure(head, ResponseCode.FormatError);
        if (state.Current is not { } zones)
            return Transfer.Failure(head, ResponseCode.ServerFailure);
        if (zones.Find(request.Zone) is not { } zone)
            return Transfer.Failure(head, ResponseCode.NotAuthoritative);
        if (!maySign && signing.Current?.Find(zone.Apex) is { IsSigning: true })
        {
            metrics.Count(TransferKind.Refused);
            LogRefusedSigned(address, zone.Apex, key, SignedReason);
            return Transfer.Failure(head, ResponseCode.Refused, SignedReason);
        }

        var (kind, records) = Choose(request, zone);
        metrics.Count(kind);
        LogTransfer(address, key, kind, zone.Apex, zone.Serial, request.Since);
        return Transfer.Of(head, zone.Apex, records);
    }

    private (TransferKind Kind, IEnumerable<ZoneRecord> Records) Choose(TransferRequest request, ZoneSnapshot zone)
    {
        if (request.Since is not { } since)
            return (TransferKind.Full, TransferContents.Full(zone));
        if ((int)(zone.Serial - since) <= 0)
            return (TransferKind.UpToDate, TransferContents.UpToDate(zone));

        // A difference as long as the zone helps nobody (RFC 1995 section 4).
        if (journal.Find(zone.Apex, since) is { } before && ZoneDifference.Between(before, zone) is var difference
            && difference.Deleted.Count + difference.Added.Count < Math.Max(64, zone.NameCount * 2))
            return (TransferKind.Incremental, TransferContents.Incremental(zone, before, since, difference));
        return (TransferKind.Full, TransferContents.Full(zone));
    }

    [LoggerMessage(EventId = 5041, Level = LogLevel.Information, Message = "{Client} (key {Key}) transfers {Kind}: zone {Zone}, serial {Serial}; it had {Since}")]
    private partial void LogTransfer(System.Net.IPAddress client, DnsName? key, TransferKind kind, DnsName zone, uint serial, uint? since);

    [LoggerMessage(EventId = 5042, Level = LogLevel.Warning, Message = "{Client} (key {Key}) may not transfer {Zone}")]
    private partial void LogRefused(System.Net.IPAddress client, DnsName zone, DnsName? key);

    [LoggerMessage(EventId = 5043, Level = LogLevel.Warning, Message = "{Client} (key {Key}) may not transfer {Zone}: {Reason}. Secondaries that sign it themselves are named by --dns-transfer-unsigned")]
    private partial void LogRefusedSigned(System.Net.IPAddress client, DnsName zone, DnsName? key, string reason);
}
