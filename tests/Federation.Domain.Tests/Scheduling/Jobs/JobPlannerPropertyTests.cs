using Federation.Api.Agents;
using Federation.Api.Apps;
using Federation.Api.Jobs;
using Federation.Api.Json;
using Federation.Api.Meta;
using Federation.Domain.Scheduling;
using Federation.Domain.Works;
using Xunit.Abstractions;

namespace Federation.Domain.Tests.Scheduling.Jobs;

public sealed class JobPlannerPropertyTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(20_261_122)]
    public void Plan_ClustersComeAndGo_EveryIndexIsNotedOnceAndNothingNotedRunsAgain(int seed)
    {
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        for (var world = 0; world < 60; world++)
        {
            var fleet = new JobFleet(random.Next(1, 25), random.Next(1, 9), [.. Enumerable.Range(0, random.Next(1, 6)).Select(i => Cluster(i, random))]);
            for (var step = 0; step < 25; step++)
            {
                var before = fleet.Progress;
                Check(fleet, fleet.Settle(), before);
                var noted = fleet.Progress.Completed;
                var started = fleet.Starts.Count;
                fleet.Run((_, _) => random.Next(3) == 0 ? true : null);
                // A cluster that is cut off may still be at what another one has completed since; one that hears the control plane is not.
                fleet.Starts.Skip(started).Where(start => fleet[start.Cluster].IsReady && noted.Contains(start.Index)).ShouldBeEmpty(fleet.Text());
                if (random.Next(2) == 0)
                    fleet.Report();
                Disturb(fleet, random);
            }

            Finish(fleet);
            fleet.Progress.Completed.ShouldBe(IndexSet.Below(fleet.Job.Spec.Completions!.Value), fleet.Text());
            fleet.Job.Status.Conditions.IsTrue(JobConditions.Complete).ShouldBeTrue();
            fleet.Plan().IsConverged.ShouldBeTrue();

            fleet.Delete();
            for (var round = 0; round < 4; round++)
            {
                fleet.Execute();
                fleet.Run((_, _) => null);
                fleet.Report();
            }

            fleet.Job.Metadata.Finalizers.ShouldBeEmpty("a deletion ends");
        }
    }

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    public void Plan_SomeIndexesAreGivenUp_TheOthersCompleteAndTheJobFails(int seed)
    {
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        for (var world = 0; world < 100; world++)
        {
            var completions = random.Next(1, 20);
            var doomed = IndexSet.Of(Enumerable.Range(0, completions).Where(_ => random.Next(4) == 0));
            var fleet = new JobFleet(completions, random.Next(1, 6), [.. Enumerable.Range(0, random.Next(1, 4)).Select(i => Cluster(i, random))]);
            for (var step = 0; step < 60 && !fleet.Job.IsFinished; step++)
            {
                fleet.Settle();
                fleet.Run((_, index) => random.Next(2) == 0 ? !doomed.Contains(index) : null);
                fleet.Report();
            }

            fleet.Settle();
            fleet.Progress.Failed.ShouldBe(doomed);
            fleet.Progress.Completed.ShouldBe(IndexSet.Below(completions).Except(doomed));
            fleet.Job.Status.Conditions.IsTrue(doomed.IsEmpty ? JobConditions.Complete : JobConditions.Failed).ShouldBeTrue();
        }
    }

    private static void Check(JobFleet fleet, PlacementPlan<JobStatus> plan, Federation.Domain.Scheduling.Jobs.JobProgress before)
    {
        Text(fleet.Plan()).ShouldBe(Text(fleet.Plan()), "deterministic");
        plan.IsEmpty.ShouldBeTrue();
        before.Completed.Except(fleet.Progress.Completed).IsEmpty.ShouldBeTrue("what was noted stays noted");
        var open = fleet.Progress.Open;
        var taken = IndexSet.Empty;
        foreach (var share in fleet.Job.Status.Clusters)
        {
            var indexes = IndexSet.Parse(share.Indexes);
            (share.Phase != SharePhase.Active && !indexes.IsEmpty).ShouldBeFalse();
            indexes.Intersect(taken).IsEmpty.ShouldBeTrue($"no index is given twice: {fleet.Text()}");
            indexes.Except(open).IsEmpty.ShouldBeTrue($"only open indexes are asked for: {fleet.Text()}");
            share.Replicas.ShouldBeLessThanOrEqualTo(indexes.Count, fleet.Text());
            taken = taken.Union(indexes);
            if (WorkRenderer.Render(fleet.Job, share.Cluster) is WorkRendering.Run { Work.Completions: { } asked })
                IndexSet.Parse(asked.Indexes).ShouldBe(indexes);
        }

        if (fleet.Job.IsFinished || fleet.Job.Spec.Suspend == true)
        {
            taken.IsEmpty.ShouldBeTrue();
            return;
        }

        var parallelism = Math.Min(fleet.Job.Spec.Parallelism!.Value, open.Count);
        var given = fleet.Job.Status.Clusters.Sum(share => share.Replicas);
        given.ShouldBeLessThanOrEqualTo(parallelism);
        var free = fleet.Clusters.Where(cluster => cluster is { IsReady: true, Unschedulable: false }).Sum(cluster => (long)cluster.Free.Fit(new ResourceAmounts(0, 0, 1)));
        if (free < parallelism || parallelism == 0)
            return;
        // What a cluster that is away still holds of the parallelism is nobody else's until it is given up.
        if (!fleet.Clusters.All(cluster => cluster.IsReady))
            return;
        taken.ShouldBe(open, $"with room, every open index has a cluster: {fleet.Text()}");
        given.ShouldBe(parallelism, $"nobody stands idle: {fleet.Text()}");
    }

    private static void Disturb(JobFleet fleet, Random random)
    {
        fleet.Wait(TimeSpan.FromSeconds(random.Next(0, 15)));
        var names = fleet.Clusters.Select(cluster => cluster.Name).ToList();
        var name = names[random.Next(names.Count)];
        switch (random.Next(9))
        {
            case 0 or 1 when fleet[name].IsReady:
                fleet.Lose(name);
                break;
            case 2 or 3:
                fleet.Return(name);
                break;
            case 4:
                fleet.Set(Cluster(random.Next(100, 110), random));
                break;
            case 5 when names.Count > 1:
                fleet.Remove(name);
                break;
            case 6:
                fleet.Forget(name);
                break;
            case 7:
                fleet.Change(spec => spec with { Parallelism = random.Next(0, 8) });
                break;
            case 8:
                fleet.Change(spec => spec with { Suspend = random.Next(3) == 0 });
                break;
        }
    }

    private static void Finish(JobFleet fleet)
    {
        fleet.Change(spec => spec with { Suspend = false, Parallelism = 3 });
        fleet.Set(new ClusterSnapshot { Name = "last", Region = "r", Ready = ConditionStatus.True, Free = new ResourceAmounts(1000, ResourceAmounts.Unlimited, 50) });
        foreach (var name in fleet.Clusters.Select(cluster => cluster.Name).ToList())
            fleet.Return(name);
        for (var round = 0; round < 40 && !fleet.Job.IsFinished; round++)
        {
            fleet.Settle();
            fleet.Run((_, _) => true);
            fleet.Report();
        }

        fleet.Settle();
    }

    private static ClusterSnapshot Cluster(int number, Random random) => new()
    {
        Name = $"c{number}",
        Region = "r",
        Ready = ConditionStatus.True,
        Free = new ResourceAmounts(1000, ResourceAmounts.Unlimited, random.Next(1, 8)),
    };

    private static string Text(PlacementPlan<JobStatus> plan) => $"{string.Join(';', plan.Actions)} {System.Text.Encoding.UTF8.GetString(ApiJson.ToUtf8(plan.NextStatus))} {plan.DueAt}";
}
