using System.Diagnostics.Metrics;
using Federation.Dns.Hosting;

namespace Federation.Dns.Transfers;

/// <summary>What became of a request for a zone.</summary>
internal enum TransferKind
{
    Full,
    Incremental,
    UpToDate,
    Refused,
}

/// <summary>Counts transfers and what secondaries are told.</summary>
internal sealed class TransferMetrics : IDisposable
{
    private readonly Meter _meter;
    private readonly Counter<long> _transfers;
    private readonly Counter<long> _notifications;

    public TransferMetrics(IMeterFactory factory)
    {
        _meter = factory.Create(NameServerMetrics.MeterName);
        _transfers = _meter.CreateCounter<long>("dns.transfers", "{transfer}", "Transfers of zones begun, and refused.");
        _notifications = _meter.CreateCounter<long>("dns.notifications", "{message}", "What secondaries were told of changes, by what they said.");
    }

    public void Count(TransferKind kind) => _transfers.Add(1, new KeyValuePair<string, object?>("dns.transfer.kind", kind switch
    {
        TransferKind.Full => "full",
        TransferKind.Incremental => "incremental",
        TransferKind.UpToDate => "up-to-date",
        _ => "refused",
    }));

    /// <param name="server">The secondary.</param>
    /// <param name="outcome">A response code, <c>timeout</c> or <c>unverified</c>.</param>
    public void CountNotification(string server, string outcome) =>
        _notifications.Add(1, new KeyValuePair<string, object?>("server.address", server), new KeyValuePair<string, object?>("dns.notification.outcome", outcome));

    public void Dispose() => _meter.Dispose();
}
