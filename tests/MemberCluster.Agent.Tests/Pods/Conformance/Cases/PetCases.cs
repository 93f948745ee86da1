using Federation.Api;
using Federation.Api.Agents;
using Federation.Api.Apps;
using Federation.TestKit.Network;
using Federation.TestKit.Waiting;
using static MemberCluster.Agent.Tests.Pods.Conformance.PodTrial;
using ContainerState = MemberCluster.Agent.Runtime.ContainerState;

namespace MemberCluster.Agent.Tests.Pods.Conformance.Cases;

internal static class PetCases
{
    private static readonly WorkClaim Claim = new() { Name = "store", Bytes = 10L << 30, Class = "ssd" };

    private static PodSpec Claiming => Spec(Container(Sh.Stay) with { VolumeMounts = [new VolumeMount { Name = "store", MountPath = "/data" }] });

    public static async Task Pet_Runs_IsToldWhoItIs(PodTrial trial)
    {
        WorkPort[] ports = [new WorkPort { Name = "client", Port = Ports.Free(), TargetPort = 6000 }, new WorkPort { Name = "peer", Port = Ports.Free(), TargetPort = 7000, Ordinal = 4 }];
        trial.ApplyPet(
            Spec(Sh.Stay),
            pets => pets with { Run = [pets.Run[0] with { Ordinal = 4, Epoch = 9 }], Peers = [Peer(trial, 0, "192.0.2.1"), Peer(trial, 4, "2001:db8::1"), Peer(trial, 5, "")] },
            expose: ports);
        await trial.UntilReadyAsync();
        (await trial.ExecAsync("echo $PET_NAME $PET_SET $PET_ORDINAL $PET_EPOCH")).ShouldBe($"{trial.Set}-4 {trial.Set} 4 9");
        (await trial.ExecAsync("echo $PET_PEERS")).ShouldBe($"{trial.Set}-0=192.0.2.1:7000,{trial.Set}-4=[2001:db8::1]:7004");
        (await trial.ExecAsync("hostname")).ShouldBe($"{trial.Set}-4");
        (await trial.ContainersAsync()).ShouldHaveSingleItem().Labels[PodLabels.Epoch].ShouldBe("9");
    }

    public static async Task Pet_PeersChange_TheFileFollowsWithoutARestart(PodTrial trial)
    {
        trial.ApplyPet(Spec(Sh.Stay), pets => pets with { Peers = [Peer(trial, 0, "192.0.2.1")] });
        await trial.UntilReadyAsync();
        var container = trial.IdOf();
        (await trial.ExecAsync("cat /etc/federation/pets.json")).ShouldContain("\"address\": \"192.0.2.1\"");

        trial.ApplyPet(Spec(Sh.Stay), pets => pets with { Peers = [Peer(trial, 0, "192.0.2.77"), Peer(trial, 1, "192.0.2.2")] }, hash: "hash-1");
        await trial.UntilAsync(async () => (await trial.ExecAsync("cat /etc/federation/pets.json")).Contains("192.0.2.77", StringComparison.Ordinal), "the file has the new address");
        trial.IdOf().ShouldBe(container);
    }

    public static async Task Pet_TemplateMountsItsOwnDirectoryThere_ThatCounts(PodTrial trial)
    {
        var spec = Spec(Container(Sh.Stay) with { VolumeMounts = [new VolumeMount { Name = "data", MountPath = "/etc/federation" }] }) with { Volumes = [new Volume { Name = "data", EmptyDir = new EmptyDirVolume() }] };
        trial.ApplyPet(spec, pets => pets);
        await trial.UntilReadyAsync();
        (await trial.ExitCodeAsync("test -e /etc/federation/pets.json")).ShouldBe(1);
    }

    public static async Task Pet_VolumeClaim_OutlivesPodTemplateAndWork(PodTrial trial)
    {
        trial.ApplyPet(Claiming, pets => pets with { Claims = [Claim] });
        await trial.UntilReadyAsync();
        await trial.ExecAsync("echo kept > /data/file");
        var uid = trial.Pod.Metadata.Uid;

        trial.ApplyPet(Claiming with { TerminationGracePeriodSeconds = 2 }, pets => pets with { Claims = [Claim] });
        await trial.UntilAsync(() => trial.Pod.Metadata.Uid != uid && trial.Work is { Ready: 1 }, "the next pod is ready");
        (await trial.ExecAsync("cat /data/file")).ShouldBe("kept");

        await trial.RemoveAsync();
        var volume = (await trial.Bench.Runtime.Volumes.ListAsync([$"{PodLabels.Uid}={trial.Uid}"], CancellationToken.None)).ShouldHaveSingleItem();
        volume.Name.ShouldBe($"federation_{trial.Bench.Cluster}_default_{trial.Set}_store_0");
        (volume.Labels[PodLabels.Ordinal], volume.Labels["federation.claim"], volume.Labels["federation.size"], volume.Labels["federation.class"]).ShouldBe(("0", "store", "10737418240", "ssd"));
    }

    public static async Task Pet_TemplateChanges_StopsBeforeTheNextOneStarts(PodTrial trial)
    {
        trial.ApplyPet(Spec($"trap 'sleep 1; exit 0' TERM; {Sh.Wait}") with { TerminationGracePeriodSeconds = 3 }, pets => pets);
        await trial.UntilReadyAsync();
        trial.ApplyPet(Spec(Sh.Stay), pets => pets);
        var most = 0;
        await trial.UntilAsync(
            async () =>
            {
                most = Math.Max(most, (await trial.ContainersAsync()).Length);
                return trial.Work is { Ready: 1, Updated: 1, TemplateHash: "hash-2" };
            },
            "the next pod is ready");
        most.ShouldBe(1);
        trial.Pod.Metadata.Name.ShouldBe($"{trial.Set}-0");
    }

    public static async Task Pet_EpochIsRaised_StartsAnewWithIt(PodTrial trial)
    {
        trial.ApplyPet(Spec(Sh.Stay), pets => pets);
        await trial.UntilReadyAsync();
        trial.ApplyPet(Spec(Sh.Stay), pets => pets with { Run = [pets.Run[0] with { Epoch = 2 }] }, hash: "hash-1");
        await trial.UntilAsync(() => trial.Work is { Ready: 1, Pets: [{ Epoch: 2, Phase: WorkPetPhase.Ready }] }, "the next epoch is ready");
        (await trial.ExecAsync("echo $PET_EPOCH")).ShouldBe("2");
    }

    public static async Task Pet_ContainerDies_HasTheSameNameAgain(PodTrial trial)
    {
        trial.ApplyPet(Spec(Sh.Stay), pets => pets);
        await trial.UntilReadyAsync();
        var before = (await trial.ContainersAsync()).Single();
        await trial.KillAsync();
        await trial.UntilRestartedAsync();
        // The one that died stays for its logs, under another name.
        var containers = await trial.ContainersAsync();
        containers.Single(container => container.Name == before.Name).Id.ShouldNotBe(before.Id);
        containers.ShouldAllBe(container => container.Name == before.Name || (container.Id == before.Id && container.State != ContainerState.Running));
    }

    public static async Task Pet_TwoContainersAndAnInit_RunInOrder(PodTrial trial)
    {
        trial.ApplyPet(Spec(Container(Sh.Stay), Container(Sh.Stay, "other")) with { InitContainers = [Container("echo first", "init")] }, pets => pets);
        await trial.UntilReadyAsync();
        await trial.KillAsync();
        await trial.UntilRestartedAsync();
        await trial.UntilReadyAsync();
        // What is reported may be a moment older than what the engine lists.
        await Eventually.TrueAsync(async () => (await trial.ContainersAsync()).Count(container => container.State == ContainerState.Running) == 2, "both run");
    }

    public static async Task Pet_Evicted_ComesBackUnderItsName(PodTrial trial)
    {
        trial.ApplyPet(Spec(Sh.Stay), pets => pets);
        await trial.UntilReadyAsync();
        var pod = trial.Pod;
        trial.Bench.Evict(new PodEviction { Namespace = "default", Name = pod.Metadata.Name, Uid = pod.Metadata.Uid!, GracePeriodSeconds = 1 });
        await trial.UntilAsync(() => trial.Pod.Metadata.Uid != pod.Metadata.Uid && trial.Work is { Ready: 1 }, "the next pod is ready");
        trial.Pod.Metadata.Name.ShouldBe(pod.Metadata.Name);
    }

    private static WorkPetPeer Peer(PodTrial trial, int ordinal, string address) => new()
    {
        Ordinal = ordinal,
        Name = $"{trial.Set}-{ordinal}",
        Region = "us-east",
        Cluster = "us-east-1",
        Host = $"{trial.Set}-{ordinal}.{trial.Set}.default.svc.example.org",
        Address = address,
        Ports = new Dictionary<string, int> { ["client"] = 6000 + ordinal, ["peer"] = 7000 + ordinal },
    };
}
