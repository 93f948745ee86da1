using Federation.Api.Agents;
using MemberCluster.Agent.Runtime;
using MemberCluster.Agent.Usage;

namespace MemberCluster.Agent.Tests.Usage;

public sealed class UsageMeterTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly UsageMeter _meter = new();

    [Fact]
    public void Measure_FirstLook_IsTheLoadOfItsWholeLife() => Look(10, cpuSeconds: 2).CpuMilli.ShouldBe(200);

    [Fact]
    public void Measure_SecondLook_IsTheLoadSinceTheFirst()
    {
        Look(10, cpuSeconds: 2);

        Look(20, cpuSeconds: 12).CpuMilli.ShouldBe(1000);
        Look(40, cpuSeconds: 12).CpuMilli.ShouldBe(0);
    }

    [Fact]
    public void Measure_CounterWentBack_BeginsAnew()
    {
        Look(10, cpuSeconds: 9);

        Look(20, cpuSeconds: 5, started: 10).CpuMilli.ShouldBe(500);
    }

    [Fact]
    public void Measure_ForgottenInBetween_CountsFromItsStart()
    {
        Look(10, cpuSeconds: 10);
        _meter.Measure([]);

        Look(20, cpuSeconds: 10).CpuMilli.ShouldBe(500);
    }

    [Fact]
    public void Measure_Memory_IsTheWorkingSetInStepsOf64KiB()
    {
        Look(1, 0, memory: 1).MemoryBytes.ShouldBe(65536);
        Look(2, 0, memory: 65536).MemoryBytes.ShouldBe(65536);
        Look(3, 0, memory: 65537).MemoryBytes.ShouldBe(131072);
    }

    private ContainerUsage Look(int second, double cpuSeconds, int started = 0, long memory = 0)
    {
        var target = new UsageTarget(new PodName("default", "p"), "main", "id", Start.AddSeconds(started));
        var stats = new ContainerStats
        {
            At = Start.AddSeconds(second),
            CpuTime = TimeSpan.FromSeconds(cpuSeconds),
            MemoryBytes = 1 << 30,
            MemoryWorkingSetBytes = memory,
            MemoryLimitBytes = 1 << 30,
            NetworkReceivedBytes = 0,
            NetworkSentBytes = 0,
            Processes = 1,
        };
        return _meter.Measure([(target, stats)]).ShouldHaveSingleItem().Containers.ShouldHaveSingleItem();
    }
}
