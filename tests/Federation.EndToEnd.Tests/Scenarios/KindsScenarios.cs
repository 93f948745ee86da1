using Federation.Api.Agents;
using Federation.Api.Daemons;
using Federation.Api.Jobs;
using Federation.Api.Meta;
using Federation.TestKit.Local;
using Federation.TestKit.Waiting;

namespace Federation.EndToEnd.Tests.Scenarios;

/// <summary>Daemons and Jobs over three regions of real containers.</summary>
[Collection(OneFederation.Name)]
public sealed class KindsScenarios(SharedFederation shared) : SampleScenarios(shared)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task Daemon_ThreeRegions_RunsOnEachAndIsServed()
    {
        (await Federation.KubectlApplyAsync("""
            apiVersion: federation/v1
            kind: Daemon
            metadata: { name: everywhere, namespace: default }
            spec:
              template:
                spec:
                  terminationGracePeriodSeconds: 1
                  containers: [{ name: web, image: "federation/web:1", ports: [{ name: http, containerPort: 8080 }] }]
              expose: [{ port: 9100, targetPort: http, dns: { ttl: 1 } }]
            """)).ExitCode.ShouldBe(0);

        await Eventually.ReadAsync(() => Federation.Client.GetAsync<Daemon>("everywhere", "default"), daemon => daemon.Status is { Desired: 3, Ready: 3, Updated: 3 }, "one pod in each region is ready", Deadline);
        await Federation.AnsweredAsync(LocalFederation.RegionNames, Deadline, "everywhere.default.svc.fed.test");

        (await Federation.KubectlAsync("delete", "daemon", "everywhere", "--timeout=60s")).ExitCode.ShouldBe(0);
    }

    [Fact]
    public async Task Job_OneRegionsAgentIsKilledInTheMiddle_EveryIndexCompletes()
    {
        (await Federation.KubectlApplyAsync("""
            apiVersion: federation/v1
            kind: Job
            metadata: { name: pieces, namespace: default }
            spec:
              completions: 9
              parallelism: 3
              template:
                spec:
                  restartPolicy: OnFailure
                  terminationGracePeriodSeconds: 1
                  containers: [{ name: piece, image: "federation/web:1", command: [sh, -c, "echo piece $JOB_COMPLETION_INDEX; sleep 3"] }]
              placement: { failover: { after: 2s } }
            """)).ExitCode.ShouldBe(0);
        await JobAsync(job => job.Status.Clusters.Any(share => share.Cluster == "us-east" && share.Running > 0), "the first region has begun");

        await Federation.SignalAsync("agent-us-east", "KILL");
        var done = await JobAsync(job => job.Status.Conditions.IsTrue(JobConditions.Complete), "every index completes");

        IndexSet.Parse(done.Status.CompletedIndexes).ShouldBe(IndexSet.Below(9));
        (await Federation.KubectlAsync("logs", "-l", "federation.name=pieces,federation.region=eu-west")).Output.ShouldContain("piece ");
        await Federation.ResumeAsync();
        await Federation.ReadyAsync("us-east", ConditionStatus.True);
        (await Federation.KubectlAsync("delete", "job.federation", "pieces", "--timeout=60s")).ExitCode.ShouldBe(0);
    }

    private Task<Job> JobAsync(Func<Job, bool> condition, string what) =>
        Eventually.ReadAsync(() => Federation.Client.GetAsync<Job>("pieces", "default"), condition, what, Deadline);
}
