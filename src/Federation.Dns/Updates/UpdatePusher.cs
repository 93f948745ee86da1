using System.Threading.Channels;
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
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan ReleaseWithin = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan FirstWait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(60);

    private readonly UpdateTarget _target;
    private readonly TsigKeys _keys;
    private readonly ZoneState _state;
    private readonly UpdateStatus _status;
    private readonly TimeProvider _time;
    private readonly ILogger<UpdatePusher> _logger;
    private readonly UpdateSession _session;
    private readonly Channel<bool> _changed = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    public UpdatePusher(UpdateTarget target, TsigKeys keys, ZoneState state, UpdateStatus status, TimeProvider time, ILogger<UpdatePusher> logger)
    {
        (_target, _keys, _state, _status, _time, _logger) = (target, keys, state, status, time, logger);
        _session = new UpdateSession(target.Zone ?? state.Apex, state.Apex, time);
        state.Published += (_, _) => _changed.Writer.TryWrite(true);
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
        var retry = FirstWait;
        while (!stoppingToken.IsCancellationRequested)
        {
            var wait = UpdateSession.LookEvery;
            try
            {
                if (_state is { Current.Main: { } zone } && _state.Staleness == TimeSpan.Zero)
                    Note(await StepAsync(zone, stoppingToken));
                retry = FirstWait;
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
                (wait, retry) = (retry, TimeSpan.FromTicks(Math.Min(retry.Ticks * 2, LongestWait.Ticks)));
            }

            await WaitAsync(wait, stoppingToken);
            await Task.Delay(Gather, _time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<UpdateStep> StepAsync(ZoneSnapshot zone, CancellationToken stoppingToken)
    {
        var key = _keys.Find(_target.Key) ?? throw new ForeignServerException($"There is no key {_target.Key} in the file of keys.");
        return await _session.StepAsync(zone, token => DnsConnection.OpenAsync(_target.Server, key, _time, token), stoppingToken);
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

    private async Task WaitAsync(TimeSpan wait, CancellationToken stoppingToken)
    {
        using var timer = new CancellationTokenSource(wait, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, stoppingToken);
        try
        {
            await _changed.Reader.ReadAsync(either.Token);
        }
        catch (OperationCanceledException)
        {
            // Time to look again, or to stop.
        }
    }

    [LoggerMessage(EventId = 5071, Level = LogLevel.Information, Message = "{Server}, zone {Zone}: this process {Role}")]
    private partial void LogRole(System.Net.IPEndPoint server, DnsName zone, string role);

    [LoggerMessage(EventId = 5072, Level = LogLevel.Information, Message = "{Server}, zone {Zone}: {Names} names updated, to serial {Serial} of ours")]
    private partial void LogPushed(System.Net.IPEndPoint server, DnsName zone, int names, uint serial);

    [LoggerMessage(EventId = 5073, Level = LogLevel.Warning, Message = "{Server}: {Problem}")]
    private partial void LogProblem(System.Net.IPEndPoint server, string problem);

    [LoggerMessage(EventId = 5075, Level = LogLevel.Debug, Message = "{Server}, zone {Zone}: another process goes on only after a while: {Reason}")]
    private partial void LogNotReleased(System.Net.IPEndPoint server, DnsName zone, string reason);

    [LoggerMessage(EventId = 5074, Level = LogLevel.Warning, Message = "{Server}, zone {Zone} cannot be updated: {Reason} Tried again in {Retry}")]
    private partial void LogFailed(Exception? exception, System.Net.IPEndPoint server, DnsName zone, string reason, TimeSpan retry);
}
