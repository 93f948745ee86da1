using MemberCluster.Agent.Pets.Watching;

namespace MemberCluster.Agent.Tests.Pets;

public sealed class FreezerTests
{
    private const string First = "37 31 0:34 / /sys/fs/cgroup/freezer rw,relatime shared:5 - cgroup cgroup rw,freezer";
    private const string Nested = "37 31 0:34 /docker/outer /sys/fs/cgroup/freezer rw,relatime - cgroup cgroup rw,freezer";
    private const string Second = "30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate";

    [Theory]
    [InlineData("6:freezer:/docker/abc", First, "/sys/fs/cgroup/freezer/docker/abc/freezer.state")]
    [InlineData("6:cpu,freezer:/docker/abc", First, "/sys/fs/cgroup/freezer/docker/abc/freezer.state")]
    [InlineData("6:freezer:/docker/outer/docker/abc", Nested, "/sys/fs/cgroup/freezer/docker/abc/freezer.state")]
    [InlineData("6:freezer:/docker/other", Nested, null)]
    [InlineData("0::/system.slice/docker-abc.scope", Second, null)]
    [InlineData("5:memory:/docker/abc", First, null)]
    public void PathOf_CgroupsOfAProcess_LeadToItsFreezer(string group, string mount, string? path) =>
        Freezer.PathOf(["9:pids:/", group], ["22 1 8:1 / / rw - ext4 /dev/sda1 rw", mount]).ShouldBe(path);

    [Fact]
    public void Thaw_NoSuchProcess_IsNothing() => Should.NotThrow(() => Freezer.Thaw(int.MaxValue));
}
