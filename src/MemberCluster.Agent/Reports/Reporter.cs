using System.Collections.Immutable;
using Federation.Api.Agents;
using MemberCluster.Agent.ControlPlane;
using MemberCluster.Agent.Leases;
using MemberCluster.Agent.Works;
using Microsoft.Extensions.Logging;

namespace MemberCluster.Agent.Reports;

/// <summary>Sends reports: at once on the first change after quiet, then at most every 100 ms, and a heartbeat when nothing changes.</summary>
/// <remarks>
/// Each report has a number of its own, also when it repeats what a lost one said: the control plane sees the gap, if it missed one, and asks for
/// everything. A number is never used for two different contents.
/// </remarks>
internal sealed partial class Reporter(
    IControlPlane controlPlane, ReportContents contents, Lease lease, Retry retry, string session, Func<StreamPosition> applied, TimeProvider time,
    ILogger<Reporter> logger)
{
    /// <summary>Between two reports while things change.</summary>
    /// <value>Default: 100 ms.</value>
    public TimeSpan Window { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>What belongs together seldom comes in the same instant.</summary>
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(5);

    /// <summary>Heartbeats within one lease.</summary>
    private const int Heartbeats = 5;

    /// <summary>A kernel that takes the rules no more must not cost the lease.</summary>
    private static readonly TimeSpan AppliedAtMost = TimeSpan.FromMilliseconds(500);

    private readonly AsyncSignal _changed = new(time);
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _sequence;
    private bool _isFullNeeded = true;
    private bool _isLost;
    private long _lastSent;

    /// <summary>Gets what answers permit.</summary>
    public Permission? Permission { get; init; }

    /// <summary>The clock of the permission; its timestamps go on while the machine sleeps. Null: the reporter's own.</summary>
    public TimeProvider? Boot { get; init; }

    /// <summary>Called after an answer was taken in.</summary>
    public Action? Answered { get; set; }

    /// <summary>Called with the uids whose removal the control plane has acknowledged.</summary>
    public Action<ImmutableArray<string>>? GoneAcknowledged { get; set; }

    /// <summary>
    /// Completes when the machine's traffic knows what the contents say. A pod is not said to be ready before that: other machines send it connections as soon as they hear of it.
    /// </summary>
    public Func<CancellationToken, Task>? TrafficApplied { get; set; }

    /// <summary>Something in the contents changed.</summary>
    public void Poke() => _changed.Set();

    /// <summary>Allows the first report: what it says must be known, because it replaces what the control plane knew.</summary>
    public void Open() => _opened.TrySetResult();

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await _opened.Task.WaitAsync(cancellationToken);
        var failures = 0;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            await WaitForReasonAsync(cancellationToken);
            try
            {
                await SendAsync(isLeaving: false, cancellationToken);
                failures = 0;
            }
            catch (ControlPlaneException exception)
            {
                if (!_isLost)
                    LogLost(exception.Message);
                _isLost = true;
                await retry.WaitAsync(failures++, exception.Failure, cancellationToken);
            }
        }
    }

    /// <summary>The last word on purpose: traffic leaves at once, pods go on. After <see cref="RunAsync"/> has ended.</summary>
    public async Task LeaveAsync(CancellationToken cancellationToken)
    {
        try
        {
            await SendAsync(isLeaving: true, cancellationToken);
        }
        catch (Exception exception) when (exception is ControlPlaneException or OperationCanceledException)
        {
            // Nobody hears it; the lease will say the same a little later.
            LogLost(exception.Message);
        }
    }

    private async Task WaitForReasonAsync(CancellationToken cancellationToken)
    {
        if (_sequence == 0)
            return;
        var quiet = time.GetElapsedTime(_lastSent);
        if (!_isFullNeeded && !contents.HasChanges)
        {
            if (!await _changed.WaitAsync((lease.Duration / Heartbeats) - quiet, cancellationToken))
                return;
            quiet = time.GetElapsedTime(_lastSent);
        }

        var pause = Window - quiet > Gather ? Window - quiet : Gather;
        await Task.Delay(pause, time, cancellationToken);
    }

    private async Task SendAsync(bool isLeaving, CancellationToken cancellationToken)
    {
        var isFull = _isFullNeeded;
        var (taken, give) = contents.Take(isFull);
        var position = applied();
        var report = taken with { Session = session, Sequence = ++_sequence, AppliedRevision = position.Revision, AppliedStore = position.Store, Leaving = isLeaving };
        ReportAnswer answer;
        long sentAt, sentAtOfBoot;
        try
        {
            await WaitForTrafficAsync(cancellationToken);
            sentAt = _lastSent = time.GetTimestamp();
            sentAtOfBoot = (Boot ?? time).GetTimestamp();
            answer = await controlPlane.ReportAsync(report, cancellationToken);
        }
        catch
        {
            contents.GiveBack(give);
            throw;
        }

        lease.Renew(sentAt, TimeSpan.FromSeconds(answer.LeaseSeconds));
        Permission?.Take(sentAtOfBoot, answer);
        Answered?.Invoke();
        _isFullNeeded = answer.Resync;
        if (_isLost)
            LogBack();
        _isLost = false;
        if (!answer.Resync && answer.Acknowledged >= report.Sequence && report.Works.Any(work => work.Gone))
            GoneAcknowledged?.Invoke([.. report.Works.Where(work => work.Gone).Select(work => work.Uid)]);
    }

    private async Task WaitForTrafficAsync(CancellationToken cancellationToken)
    {
        if (TrafficApplied is null)
            return;
        try
        {
            await TrafficApplied(cancellationToken).WaitAsync(AppliedAtMost, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            // It is said all the same: the other machines try whom they send to.
        }
    }

    [LoggerMessage(EventId = 201, Level = LogLevel.Warning, Message = "The control plane does not take reports; what runs goes on. {Problem}")]
    private partial void LogLost(string problem);

    [LoggerMessage(EventId = 202, Level = LogLevel.Information, Message = "The control plane takes reports again")]
    private partial void LogBack();
}
