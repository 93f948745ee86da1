using System.Collections.Concurrent;
using System.Collections.Immutable;
using Federation.Api.Agents;
using MemberCluster.Agent.Pods;
using MemberCluster.Agent.Reports;
using MemberCluster.Agent.Runtime;
using Microsoft.Extensions.Logging;

namespace MemberCluster.Agent.Usage;

/// <summary>Looks at what the running containers use, every 15 s or less often when there are many, and leaves it to the next heartbeat.</summary>
internal sealed partial class UsageSampler(IContainers containers, PodController pods, ReportContents contents, TimeProvider time, ILogger<UsageSampler> logger)
{
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(15);

    /// <summary>So much rest for each container looked at: an engine with thousands is looked at less often, not harder.</summary>
    private static readonly TimeSpan RestPerContainer = TimeSpan.FromMilliseconds(10);

    /// <summary>The first look is soon: a person who has just started a pod wants to see it.</summary>
    private static readonly TimeSpan FirstAfter = TimeSpan.FromSeconds(2);

    private const int AtOnce = 2;

    private readonly UsageMeter _meter = new();
    private DateTimeOffset? _last;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var pause = FirstAfter;
        while (true)
        {
            await Task.Delay(pause, time, cancellationToken);
            var targets = await pods.AskAsync(Targets, cancellationToken);
            await SampleAsync(targets, cancellationToken);
            var rest = RestPerContainer * targets.Length;
            pause = rest > Period ? rest : Period;
        }
    }

    private async Task SampleAsync(ImmutableArray<UsageTarget> targets, CancellationToken cancellationToken)
    {
        var looks = new ConcurrentBag<(UsageTarget, ContainerStats)>();
        var options = new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(targets, options, async (target, token) =>
        {
            try
            {
                looks.Add((target, await containers.GetStatsAsync(target.Container, token)));
            }
            catch (RuntimeException gone)
            {
                // It ended meanwhile, or the engine is away: there is nothing to say about it.
                LogNotMeasured(target.Pod.Name, gone.Message);
            }
        });
        var now = time.GetUtcNow();
        var window = now - (_last ?? now - FirstAfter);
        _last = now;
        contents.SetUsage(now, window, _meter.Measure([.. looks]));
    }

    private static ImmutableArray<UsageTarget> Targets(IReadOnlyDictionary<string, UidState> uids) =>
    [
        .. uids.Values.SelectMany(state => state.Observe()).SelectMany(pod => pod.Latest.Where(container => container.State == ContainerState.Running)
            .Select(container => new UsageTarget(new PodName(pod.Identity.Namespace, pod.Name), container.Slot, container.Id, container.StartedAt))),
    ];

    [LoggerMessage(EventId = 801, Level = LogLevel.Debug, Message = "A container of {Pod} was not measured. {Problem}")]
    private partial void LogNotMeasured(string pod, string problem);
}
