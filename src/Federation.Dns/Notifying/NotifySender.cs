using System.Net.Sockets;
using Federation.Dns.Transfers;
using Federation.Dns.Tsig;
using Federation.Dns.Wire;
using Federation.Dns.Zones;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Federation.Dns.Notifying;

/// <summary>Tells one secondary of every zone that has changed, again and again until it has answered for the newest serial.</summary>
/// <remarks>Goes by what the secondary has answered for and what is served, not by single changes: many changes in a moment are one message, and none is lost with one.</remarks>
internal sealed partial class NotifySender : BackgroundService
{
    private readonly NotifyTarget _target;
    private readonly TsigKeys _keys;
    private readonly ZoneState _state;
    private readonly TransferMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger<NotifySender> _logger;
    private readonly Dictionary<DnsName, uint> _told = [];
    private readonly ZoneChanges _changes;
    private string? _lastFailure; // said once, not with every attempt

    public NotifySender(NotifyTarget target, TsigKeys keys, ZoneState state, TransferMetrics metrics, TimeProvider time, ILogger<NotifySender> logger)
    {
        (_target, _keys, _state, _metrics, _time, _logger) = (target, keys, state, metrics, time, logger);
        _changes = new ZoneChanges(state, time);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var wait = ZoneChanges.FirstWait;
        while (!stoppingToken.IsCancellationRequested)
        {
            var isTold = true;
            foreach (var zone in _state.Current?.All.Where(zone => _told.GetValueOrDefault(zone.Apex) != zone.Serial) ?? [])
                isTold &= await TellAsync(zone, wait, stoppingToken);

            // A new change cuts the wait after a failure short: the secondary may be back.
            var isNew = await _changes.WaitAsync(isTold ? Timeout.InfiniteTimeSpan : wait, stoppingToken);
            wait = isTold || isNew ? ZoneChanges.FirstWait : ZoneChanges.Longer(wait);
        }
    }

    /// <returns>Whether the secondary has answered. One that refuses is not asked again: it may not serve this zone, and it looks at the serial itself now and then (RFC 1996 section 3.12).</returns>
    private async Task<bool> TellAsync(ZoneSnapshot zone, TimeSpan patience, CancellationToken stoppingToken)
    {
        var (isTold, outcome) = (false, "timeout");
        try
        {
            using var timer = new CancellationTokenSource(patience, _time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, stoppingToken);
            (isTold, outcome) = await AskAsync(zone, either.Token);
        }
        catch (OperationCanceledException) when (!stoppingToken.IsCancellationRequested)
        {
            // Told again after a while.
        }
        catch (SocketException exception)
        {
            outcome = exception.SocketErrorCode.ToString();
        }

        _metrics.CountNotification(_target.Server.ToString(), outcome);
        if (isTold)
        {
            _told[zone.Apex] = zone.Serial;
            LogTold(_target.Server, zone.Apex, zone.Serial, outcome);
        }
        else if (outcome != _lastFailure)
        {
            LogNotTold(_target.Server, zone.Apex, zone.Serial, outcome);
        }

        _lastFailure = isTold ? null : outcome;
        return isTold;
    }

    private async Task<(bool IsTold, string Outcome)> AskAsync(ZoneSnapshot zone, CancellationToken cancellationToken)
    {
        var key = _target.Key is null ? null : _keys.Find(_target.Key);
        if (_target.Key is not null && key is null)
            return (false, "no key");
        using var socket = new Socket(_target.Server.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        await socket.ConnectAsync(_target.Server, cancellationToken);
        var message = NotifyMessage.For(zone);
        var chain = key is null ? null : TsigChain.ForRequest(key, _time);
        await socket.SendAsync(chain?.SignRequest(message.ToArray()) ?? message.ToArray(), cancellationToken);
        var buffer = new byte[ushort.MaxValue];
        while (true)
        {
            // What is not an answer to this message is left aside: the right one may still come.
            var length = await socket.ReceiveAsync(buffer, cancellationToken);
            if (NotifyMessage.ReadAnswer(buffer.AsSpan(0, length), message.Id, zone.Apex) is not { } code)
                continue;
            if (code == ResponseCode.NoError && chain is not null && !chain.Accepts(buffer.AsSpan(0, length), isLast: true))
                return (false, "unverified");
            return (true, code.ToMnemonic());
        }
    }

    [LoggerMessage(EventId = 5061, Level = LogLevel.Debug, Message = "{Server} was told that zone {Zone} has serial {Serial}, and said {Outcome}")]
    private partial void LogTold(System.Net.IPEndPoint server, DnsName zone, uint serial, string outcome);

    [LoggerMessage(EventId = 5062, Level = LogLevel.Warning, Message = "{Server} does not know yet that zone {Zone} has serial {Serial}: {Outcome}; it is told again")]
    private partial void LogNotTold(System.Net.IPEndPoint server, DnsName zone, uint serial, string outcome);
}
