using System.Collections.Immutable;
using Federation.Api.Agents;
using Federation.Api.Jobs;
using MemberCluster.Agent.Images;
using MemberCluster.Agent.Pods;
using MemberCluster.Agent.Works;

namespace MemberCluster.Agent.Reports;

/// <summary>Something that keeps a work from converging.</summary>
internal sealed record Trouble(string Reason, string Message);

/// <summary>A work as the cluster runs it. Pure.</summary>
internal static class WorkView
{
    /// <param name="uid">The work's.</param>
    /// <param name="held">What is held of it; null for containers of an unknown work.</param>
    /// <param name="pods">Its pods.</param>
    /// <param name="isConverged">As planned.</param>
    /// <param name="outside">Trouble that is not of one pod: the engine's, a port's.</param>
    /// <param name="now">Back-offs are judged at this time.</param>
    public static WorkStatus Of(string uid, HeldWork? held, ImmutableArray<ObservedPod> pods, bool isConverged, Trouble? outside, DateTimeOffset now)
    {
        var identity = pods.FirstOrDefault()?.Identity;
        var hash = held?.Work?.TemplateHash ?? identity?.TemplateHash ?? "";
        var containers = held?.Work?.Template.Spec.Containers.Count;
        var trouble = outside ?? TroubleOf(pods, now);
        return new WorkStatus
        {
            Uid = uid,
            Kind = held?.Work?.Kind ?? held?.Tombstone?.Kind ?? identity?.Kind ?? "",
            Namespace = held?.Work?.Namespace ?? held?.Tombstone?.Namespace ?? identity?.Namespace ?? "",
            Name = held?.Work?.Name ?? held?.Tombstone?.Name ?? identity?.Owner ?? "",
            Revision = held?.Revision ?? identity?.Revision ?? 0,
            TemplateHash = hash,
            Desired = held?.Work?.WantedPods() ?? 0,
            Running = pods.Count(pod => RunsNow(pod) && !pod.IsStopping),
            Ready = pods.Count(pod => PodView.IsReady(pod, IsOfTemplate(pod, hash) ? containers ?? pod.Latest.Length : pod.Latest.Length)),
            Updated = pods.Count(pod => RunsNow(pod) && !pod.IsStopping && IsOfTemplate(pod, hash)),
            Succeeded = IsJob(pods, held) ? TextOf(CompletionPlanner.Succeeded(pods)) : null,
            Failed = held?.Work is { Mode: WorkMode.Completions } job ? TextOf(CompletionPlanner.Failed(job, pods)) : null,
            Images = held?.Work is { } run ? ImagePinning.Found(run, pods) : null,
            Gone = held?.Tombstone is not null && isConverged,
            Orphan = held is null || held.IsOrphan,
            Reason = trouble?.Reason,
            Message = trouble?.Message,
        };
    }

    /// <summary>A pod that runs to its end does so until the last of its containers has ended.</summary>
    private static bool RunsNow(ObservedPod pod) =>
        pod.Identity.RestartPolicy == RestartPolicy.Always ? pod.IsRunning : pod.Outcome is null && pod.Latest.Any(container => container.IsRunning);

    /// <summary>What was completed is said of a work that is not held any more, too: its parent may not have noted it.</summary>
    private static bool IsJob(ImmutableArray<ObservedPod> pods, HeldWork? held) =>
        held?.Work is { Mode: WorkMode.Completions } || pods.Any(pod => pod.Identity.Kind == Job.KindName);

    private static string? TextOf(IndexSet indexes) => indexes.IsEmpty ? null : indexes.ToString();

    private static bool IsOfTemplate(ObservedPod pod, string hash) => pod.Identity.TemplateHash == hash;

    private static Trouble? TroubleOf(ImmutableArray<ObservedPod> pods, DateTimeOffset now)
    {
        var failed = pods.SelectMany(pod => pod.Failures.Select(failure => new Trouble(failure.Reason, failure.Message))).FirstOrDefault();
        if (failed is not null)
            return failed;
        return pods.Where(pod => !pod.IsStopping)
            .SelectMany(pod => pod.LatestInit.Concat(pod.Latest).Where(container => ContainerView.IsBackingOff(pod, container, now))
                .Select(container => new Trouble(Reasons.CrashLoopBackOff, $"container {container.Slot} of {pod.Name} waits to be started again after {ContainerView.Ended(container)}")))
            .FirstOrDefault();
    }
}
