using Federation.Api.Apps;
using Federation.Api.Quantities;
using static MemberCluster.Agent.Tests.Pods.Conformance.PodTrial;

namespace MemberCluster.Agent.Tests.Pods.Conformance.Cases;

internal static class ResourceCases
{
    private static ResourceRequirements Limit(string resource, string amount) => new() { Limits = new Dictionary<string, Quantity> { [resource] = Quantity.Parse(amount) } };

    public static async Task Memory_BeyondTheLimit_IsOutOfMemory(PodTrial trial)
    {
        trial.Apply(Spec(Container(Sh.TakeAllMemory) with { Resources = Limit("memory", "16Mi") }) with { RestartPolicy = "Never" });
        await trial.UntilAsync(() => trial.Main.State.Terminated?.Reason == "OOMKilled", "the reason");
        trial.Main.State.Terminated!.ExitCode.ShouldBe(137);
    }

    public static async Task Memory_Limit_IsTheContainers(PodTrial trial)
    {
        await trial.ReadyAsync(Spec(Container(Sh.Stay) with { Resources = Limit("memory", "32Mi") }));
        (await trial.Bench.Runtime.Containers.GetStatsAsync(trial.IdOf(), CancellationToken.None)).MemoryLimitBytes.ShouldBe(32 << 20);
    }

    public static async Task Cpu_Limit_IsTheContainers(PodTrial trial)
    {
        await trial.ReadyAsync(Spec(Container(Sh.Stay) with { Resources = Limit("cpu", "250m") }));
        (await trial.ExecAsync(Sh.CpuQuota)).ShouldStartWith("25000");
    }

    public static async Task Ulimit_OpenFiles_IsTheProcesses(PodTrial trial)
    {
        await trial.ReadyAsync(Spec(Container(Sh.Stay) with { SecurityContext = new SecurityContext { Ulimits = [new Ulimit { Name = "nofile", Soft = 123, Hard = 456 }] } }));
        // Asked of the container's own process: for a program run beside it, some versions of runc raise the soft limit to the hard one now and then.
        (await trial.ExecAsync("grep open /proc/1/limits")).Split(' ', StringSplitOptions.RemoveEmptyEntries).ShouldBe(["Max", "open", "files", "123", "456", "files"]);
    }
}
