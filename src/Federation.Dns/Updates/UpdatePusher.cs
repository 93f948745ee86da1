using Federation.Dns.Tsig;
using Federation.Dns.Wire;
using Federation.Dns.Zones;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Federation.Dns.Updates;

/// <summary>Keeps the federation's names in another server's zone as ours are, by update (RFC 2136). Touches only records that it made.</summary>
/// <remarks>
/// Every process with the same target runs one, and one of them pushes: each update goes by the progress that the last one left in the server's zone, so of
/// two that try only one is taken. The others look now and then whether the zone follows, and the first that sees it left behind goes on. A pusher whose
/// own feed is cut off never pushes.
/// </remarks>
internal sealed partial class UpdatePusher : BackgroundService
{
    private static readonly TimeSpan ReleaseWithin = TimeSpan.FromSeconds(2);

    private readonly UpdateTarget _target;
    private readonly TsigKeys _keys;
    private readonly ZoneState _state;
    private readonly UpdateStatus _status;
    private readonly TimeProvider _time;
    private readonly ILogger<UpdatePusher> _logger;
    private readonly UpdateSession _session;
    private readonly DnsName _apex;
    private readonly ZoneChanges _changes;
    private bool _isMissing; // said once

    public UpdatePusher(UpdateTarget target, TsigKeys keys, ZoneState state, UpdateStatus status, TimeProvider time, ILogger<UpdatePusher> logger)
    {
        (_target, _keys, _state, _status, _time, _logger) = (target, keys, state, status, time, logger);
        _apex = target.ApexOf(state.Apex);
        _session = new UpdateSession(target.Zone ?? state.Apex, _apex, time);
        _changes = new ZoneChanges(state, time);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        try
        {
            using var timer = new CancellationTokenSource(ReleaseWithin, _time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
            if (_keys.Find(_target.Key) is { } key)
                await _session.ReleaseAsync(token => DnsConnection.OpenAsync(_target.Server, key, _time, token), either.Token);
        }
        catch (Exception exception) when (exception is OperationCanceledException or ForeignServerException)
        {
            LogNotReleased(_target.Server, _session.Zone, exception.Message);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var retry = ZoneChanges.FirstWait;
        while (!stoppingToken.IsCancellationRequested)
        {
            var wait = UpdateSession.LookEvery;
            try
            {
                if (_state.Current is { } zones && _state.Staleness == TimeSpan.Zero)
                    Note(await StepAsync(zones, stoppingToken));
                retry = ZoneChanges.FirstWait;
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // Whatever another server does, the next attempt may succeed.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                _session.Forget();
                _status.Fail(exception.Message);
                LogFailed(exception is ForeignServerException ? null : exception, _target.Server, _session.Zone, exception.Message, retry);
                (wait, retry) = (retry, ZoneChanges.Longer(retry));
            }

            await _changes.WaitAsync(wait, stoppingToken);
        }
    }

    private async Task<UpdateStep> StepAsync(ServedZones zones, CancellationToken stoppingToken)
    {
        var zone = zones.Find(_apex);
        if (zone is null && !_isMissing)
            LogMissing(_target.Server, _session.Zone);
        _isMissing = zone is null;
        var key = _keys.Find(_target.Key) ?? throw new ForeignServerException($"There is no key {_target.Key} in the file of keys.");
        return await _session.StepAsync(zone ?? ZoneSnapshot.Empty(_apex, zones.Main.Revision), zones.Main.Revision, token => DnsConnection.OpenAsync(_target.Server, key, _time, token), stoppingToken);
    }

    private void Note(UpdateStep step)
    {
        var wasPushing = _status.Current.IsPushing;
        _status.Reach(step);
        if (step.IsPushing != wasPushing)
            LogRole(_target.Server, _session.Zone, step.IsPushing ? "pushes" : "stands by: another process pushes");
        if (step.Changed > 0)
            LogPushed(_target.Server, _session.Zone, step.Changed, step.Serial);
        foreach (var problem in step.NewProblems)
            LogProblem(_target.Server, problem);
    }

    [LoggerMessage(EventId = 5071, Level = LogLevel.Information, Message = "{Server}, zone {Zone}: this process {Role}")]
    private partial void LogRole(System.Net.IPEndPoint server, DnsName zone, string role);

    [LoggerMessage(EventId = 5072, Level = LogLevel.Information, Message = "{Server}, zone {Zone}: {Names} names updated, to serial {Serial} of ours")]
    private partial void LogPushed(System.Net.IPEndPoint server, DnsName zone, int names, uint serial);

    [LoggerMessage(EventId = 5073, Level = LogLevel.Warning, Message = "{Server}: {Problem}")]
    private partial void LogProblem(System.Net.IPEndPoint server, string problem);

    [LoggerMessage(EventId = 5076, Level = LogLevel.Warning, Message = "{Server}: there is no zone {Zone} here; what of it was pushed before is taken away")]
    private partial void LogMissing(System.Net.IPEndPoint server, DnsName zone);

    [LoggerMessage(EventId = 5075, Level = LogLevel.Debug, Message = "{Server}, zone {Zone}: another process goes on only after a while: {Reason}")]
    private partial void LogNotReleased(System.Net.IPEndPoint server, DnsName zone, string reason);

    [LoggerMessage(EventId = 5074, Level = LogLevel.Warning, Message = "{Server}, zone {Zone} cannot be updated: {Reason} Tried again in {Retry}")]
    private partial void LogFailed(Exception? exception, System.Net.IPEndPoint server, DnsName zone, string reason, TimeSpan retry);
}
