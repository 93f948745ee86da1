using System.Collections.Immutable;
using Federation.Api.Agents;

namespace MemberCluster.Agent.Pods;

/// <summary>Plans pods that run to their end, one for each index of a Job.</summary>
/// <remarks>
/// Pure and total. A pod that has ended stays for its logs until the work goes; what it came to is in its containers' labels and exit codes, so that an
/// agent without memory reports the same. Never two pods of one index at a time:
/// <code>
/// the index         its pods                              the next step
/// asked for         one ended well, or too many failed    none: reported until it is asked for no more
/// asked for         one runs, or is being stopped         what that pod needs
/// asked for         none, or failed ones                  a new one, after the back-off, while fewer than the parallelism run
/// not asked for     one runs                              stopped
/// </code>
/// </remarks>
internal static class CompletionPlanner
{
    /// <summary>Ended pods of indexes that are asked for no more, kept for their logs.</summary>
    private const int MostKept = 200;

    public static bool Plan(Work work, ImmutableArray<ObservedPod> live, ImmutableArray<ObservedPod> all, PlanSteps steps)
    {
        var completions = work.Completions ?? new WorkCompletions();
        var now = steps.Context.Now;
        var asked = completions.Deadline <= now ? IndexSet.Empty : IndexSet.Parse(completions.Indexes);
        var open = asked.Except(Succeeded(all)).Except(Failed(work, all));
        foreach (var pod in Forgotten(live, asked))
            steps.Add(new PodAction.Stop(pod.Name, TimeSpan.Zero, "Old"));

        // The lowest indexes first, as the parent counts on when it gives some to others.
        var running = live.Where(pod => pod.Outcome is null).OrderBy(pod => pod.Identity.Ordinal).ThenBy(pod => pod.Identity.Attempt).ToList();
        var kept = running.Where(pod => open.Contains(pod.Identity.Ordinal)).DistinctBy(pod => pod.Identity.Ordinal).Take(Math.Max(0, completions.Parallelism)).ToList();
        foreach (var pod in running.Except(kept))
            steps.Add(new PodAction.Stop(pod.Name, pod.Identity.Grace, completions.Deadline <= now ? "DeadlineExceeded" : open.Contains(pod.Identity.Ordinal) ? "ParallelismLowered" : "NotAskedFor"));

        var taken = all.Where(pod => pod.Outcome is null || pod.IsStopping).Select(pod => pod.Identity.Ordinal).ToHashSet();
        foreach (var index in open.Where(index => !taken.Contains(index)).Take(completions.Parallelism - kept.Count))
            Begin(work, index, all, steps);

        foreach (var pod in live.Where(pod => !pod.IsBusy && (pod.Outcome is not null || kept.Contains(pod))))
        {
            // Of a pod that is given up, what still runs has nothing to run for.
            if (pod.IsGivenUp && pod.Latest.FirstOrDefault(container => container.IsRunning) is { } left)
                steps.Retry(pod, slot: "", new PodAction.Kill(pod.Name, left.Slot, left.Id, pod.Identity.Grace, "BackoffLimitExceeded"));
            else
                PodRepair.ByTemplate(pod, work.Template.Spec, steps);
        }

        return running.Count == kept.Count && kept.Count == Math.Min(completions.Parallelism, open.Count) && kept.All(pod => pod.Latest.Any(container => container.IsRunning));
    }

    /// <summary>The indexes of which a pod ended well by itself: one that was told to stop may say so without having done its work.</summary>
    public static IndexSet Succeeded(ImmutableArray<ObservedPod> pods) =>
        IndexSet.Of(pods.Where(pod => pod is { IsStopping: false, Outcome: PodOutcome.Succeeded }).Select(pod => pod.Identity.Ordinal));

    /// <summary>The indexes that failed more often than is tried again.</summary>
    public static IndexSet Failed(Work work, ImmutableArray<ObservedPod> pods) => IndexSet.Of(pods
        .Where(pod => pod is { IsStopping: false, Outcome: PodOutcome.Failed })
        .GroupBy(pod => pod.Identity.Ordinal)
        .Where(index => index.Any(pod => pod.IsGivenUp) || index.Count() > (work.Completions?.BackoffLimit ?? 0))
        .Select(index => index.Key)).Except(Succeeded(pods));

    /// <summary>A new pod for an index; after failures it waits as a container would.</summary>
    private static void Begin(Work work, int index, ImmutableArray<ObservedPod> all, PlanSteps steps)
    {
        var before = all.Where(pod => pod.Identity.Ordinal == index).ToList();
        var attempt = before.Count == 0 ? 0 : before.Max(pod => pod.Identity.Attempt) + 1;
        var failures = before.Count(pod => pod.Outcome == PodOutcome.Failed);
        var due = before.Select(pod => pod.EndedAt).Max() + CrashBackOff.Delay(failures);
        steps.AddAt(due ?? DateTimeOffset.MinValue, new PodAction.Create(PodNames.Of(steps.Context.NameScope, work, index, attempt), index, attempt));
    }

    private static IEnumerable<ObservedPod> Forgotten(ImmutableArray<ObservedPod> live, IndexSet asked) => live
        .Where(pod => pod.Outcome is not null && !asked.Contains(pod.Identity.Ordinal))
        .OrderByDescending(pod => pod.CreatedAt).ThenBy(pod => pod.Name, StringComparer.Ordinal)
        .Skip(MostKept);
}
