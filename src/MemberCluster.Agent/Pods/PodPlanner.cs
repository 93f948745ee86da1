using System.Collections.Immutable;
using System.Diagnostics;
using Federation.Api.Agents;
using MemberCluster.Agent.Images;

namespace MemberCluster.Agent.Pods;

/// <summary>Compares the pods of one uid with what is wanted of them, and lists the steps between.</summary>
/// <remarks>
/// Pure and total. Which pods there should be is decided here, what one pod needs in <see cref="PodRepair"/>:
/// <code>
/// wanted   | pods of the current template                | pods of another template
/// Run R    | missing: made, at most R + 1 pods in all    | not serving: stopped
///          | more than R: not ready first, newest first  | serving: one stopped for each ready pod above R
/// Remove   | stopped                                     | stopped
/// Unheld   | kept, dead ones started again as they are   | the same
/// </code>
/// What runs to its end is planned by <see cref="CompletionPlanner"/>, what has an identity by <see cref="PetPlanner"/>. An evicted pod stops whatever is wanted, and is counted no more: a work that still wants as many makes another one.
/// </remarks>
internal static class PodPlanner
{
    /// <summary>Pods above the replicas while a template changes.</summary>
    private const int Surge = 1;

    public static PodPlan Plan(DesiredPods desired, ImmutableArray<ObservedPod> pods, PlanContext context)
    {
        var steps = new PlanSteps(context);
        foreach (var pod in pods.Where(pod => pod.IsStopping && (!pod.IsBusy || pod.MustHurry)))
            steps.Retry(pod, slot: "", new PodAction.Stop(pod.Name, pod.Identity.IsFenced ? context.Fence.GraceOf(pod.Grace) : pod.Grace, "Stopping"));
        foreach (var pod in pods.Where(pod => !pod.IsStopping && pod.EvictedWithin is not null))
            steps.Add(new PodAction.Stop(pod.Name, pod.Grace, "Evicted"));
        ImmutableArray<ObservedPod> live = [.. pods.Where(pod => !pod.IsStopping && pod.EvictedWithin is null)];

        var settled = desired switch
        {
            DesiredPods.Run { Work: { Mode: WorkMode.Completions } work } => CompletionPlanner.Plan(work, live, pods, steps),
            DesiredPods.Run { Work: { Mode: WorkMode.Pets } work } => PetPlanner.Plan(work, live, pods, steps),
            DesiredPods.Run run => PlanRun(run.Work, live, pods, steps),
            DesiredPods.Remove remove => PlanRemove(remove, live, steps),
            DesiredPods.Unheld => PlanUnheld(live, steps),
            _ => throw new UnreachableException($"No plan for {desired.GetType().Name}."),
        };
        return steps.ToPlan(isConverged: settled && live.Length == pods.Length && !pods.Any(pod => pod.IsBusy));
    }

    private static bool PlanRun(Work work, ImmutableArray<ObservedPod> live, ImmutableArray<ObservedPod> all, PlanSteps steps)
    {
        ImmutableArray<ObservedPod> current = [.. live.Where(pod => IsCurrent(pod, work))];
        ImmutableArray<ObservedPod> outdated = [.. live.Where(pod => !IsCurrent(pod, work))];

        ImmutableArray<ObservedPod> retired = [.. Surplus(current, work), .. Replaced(outdated, live, work)];
        foreach (var pod in retired)
            steps.Add(new PodAction.Stop(pod.Name, pod.Identity.Grace, IsCurrent(pod, work) ? "ScaledDown" : IsOfTemplate(pod, work) ? "ImagePinned" : "TemplateChanged"));

        // Ready pods of the old template keep their places until new ones have proved themselves.
        var room = outdated.IsEmpty ? int.MaxValue : work.WantedPods() + Surge - (live.Length - retired.Length);
        var missing = Math.Min(work.WantedPods() - current.Length, room);
        foreach (var ordinal in FreeOrdinals(work, all, missing))
            steps.Add(new PodAction.Create(PodNames.Of(steps.Context.NameScope, work, ordinal), ordinal));

        foreach (var pod in live.Where(pod => !pod.IsBusy && !retired.Contains(pod)))
        {
            if (IsCurrent(pod, work))
                PodRepair.ByTemplate(pod, work.Template.Spec, steps);
            else
                PodRepair.InPlace(pod, steps);
        }

        return outdated.IsEmpty && current.Length == work.WantedPods()
            && current.All(pod => pod.IsRunning && pod.Latest.Length == work.Template.Spec.Containers.Count);
    }

    private static bool PlanRemove(DesiredPods.Remove remove, ImmutableArray<ObservedPod> live, PlanSteps steps)
    {
        foreach (var pod in live)
            steps.Add(new PodAction.Stop(pod.Name, pod.Identity.Grace, remove.Why));
        return live.IsEmpty;
    }

    /// <summary>A pet without a work is not started again: where it belongs now is not known.</summary>
    private static bool PlanUnheld(ImmutableArray<ObservedPod> live, PlanSteps steps)
    {
        live = live.RemoveAll(pod => pod.Identity.IsFenced && PetPlanner.StopsForFence(pod, steps.Context.Fence, steps));
        foreach (var pod in live.Where(pod => !pod.IsBusy))
        {
            // It exists in memory only, or the engine made a container after everybody had stopped waiting for it: nothing of it ever ran, and nobody asks for it.
            if (pod.Containers.All(container => container.State == Runtime.ContainerState.Created))
                steps.Add(new PodAction.Stop(pod.Name, TimeSpan.Zero, "Unknown"));
            else if (pod.Identity.Epoch is null)
                PodRepair.InPlace(pod, steps);
        }

        return live.All(pod => pod.IsRunning);
    }

    /// <summary>Of the template, and of the bytes that its images were found to stand for.</summary>
    private static bool IsCurrent(ObservedPod pod, Work work) => IsOfTemplate(pod, work) && !ImagePinning.RunsOther(pod, work);

    private static bool IsOfTemplate(ObservedPod pod, Work work) => pod.Identity.TemplateHash == work.TemplateHash;

    private static IEnumerable<ObservedPod> Surplus(ImmutableArray<ObservedPod> current, Work work) =>
        InOrderOfRetirement(current).Take(Math.Max(0, current.Length - work.WantedPods()));

    private static IEnumerable<ObservedPod> Replaced(ImmutableArray<ObservedPod> outdated, ImmutableArray<ObservedPod> live, Work work)
    {
        var unready = outdated.Count(pod => pod.IsUnready);
        var readyAboveReplicas = live.Count(pod => pod.IsReady) - work.WantedPods();
        var dispensable = work.WantedPods() == 0 ? outdated.Length : Math.Max(0, readyAboveReplicas);
        return InOrderOfRetirement(outdated).Take(unready + dispensable);
    }

    /// <summary>Those that serve least first; among equals the newest, which has the fewest connections to lose.</summary>
    private static IOrderedEnumerable<ObservedPod> InOrderOfRetirement(ImmutableArray<ObservedPod> pods) => pods
        .OrderBy(pod => pod.IsUnready ? 0 : pod.IsReady ? 2 : 1)
        .ThenBy(pod => pod.IsRunning)
        .ThenByDescending(pod => pod.CreatedAt)
        .ThenByDescending(pod => pod.Identity.Ordinal);

    /// <summary>The lowest numbers that no pod of the template uses, one that still stops included: its name is taken.</summary>
    private static IEnumerable<int> FreeOrdinals(Work work, ImmutableArray<ObservedPod> all, int count)
    {
        if (count <= 0)
            return [];
        var taken = all.Where(pod => IsOfTemplate(pod, work)).Select(pod => pod.Identity.Ordinal).ToHashSet();
        return Enumerable.Range(0, taken.Count + count).Where(ordinal => !taken.Contains(ordinal)).Take(count);
    }
}
