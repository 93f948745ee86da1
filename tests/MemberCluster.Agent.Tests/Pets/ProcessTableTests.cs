using System.Diagnostics;
using MemberCluster.Agent.Pets.Watching;

namespace MemberCluster.Agent.Tests.Pets;

public sealed class ProcessTableTests : IDisposable
{
    private readonly Process _process = Process.Start(new ProcessStartInfo("sleep", ["600"]))!;

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    [Fact]
    public void TryKill_PidBelongsToAnotherProcessByNow_KillsNothing()
    {
        var started = ProcessTable.StartOf(_process.Id);
        started.ShouldBeGreaterThan(0);
        ProcessTable.TryKill(_process.Id, pid => ProcessTable.StartOf(pid) == started - 1).ShouldBeFalse();
        ProcessTable.IsAlive(_process.Id, started).ShouldBeTrue();
        ProcessTable.IsAlive(_process.Id, started - 1).ShouldBeFalse();

        ProcessTable.TryKill(_process.Id, pid => ProcessTable.StartOf(pid) == started).ShouldBeTrue();
        _process.WaitForExit();
        ProcessTable.IsAlive(_process.Id, started).ShouldBeFalse();
        ProcessTable.TryKill(_process.Id, _ => true).ShouldBeFalse("it is gone");
    }

    [Fact]
    public void KillAllOf_ContainerThatIsNone_KillsNothing()
    {
        ProcessTable.KillAllOf(new HashSet<string> { new('a', 64) }, (_, _) => throw new InvalidOperationException("killed")).ShouldBe(0);
        ProcessTable.ContainerOf(_process.Id, new HashSet<string> { new('a', 64) }).ShouldBeNull();
    }
}
