using System.Collections.Immutable;
using MemberCluster.Agent.Images;
using MemberCluster.Agent.Runtime;

namespace MemberCluster.Agent.Tests.Images;

public sealed class ImageGcPlannerTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(85, 0)]
    [InlineData(86, 1)]
    [InlineData(95, 2)]
    public void Plan_FullDisk_TakesTheLeastRecentlyUsedUntilTheLowMark(int usedPercent, int removed)
    {
        var plan = ImageGcPlanner.Plan(Input(usedPercent));

        plan.Select(image => image.Id).ShouldBe(((string[])["old", "middle", "new"]).Take(removed));
    }

    [Fact]
    public void Plan_HoweverFull_KeepsWhatIsUsedNamedOrSomebodyElses()
    {
        var input = Input(usedPercent: 100);

        ImageGcPlanner.Plan(input with { InUse = ["old"] }).Select(image => image.Id).ShouldBe(["middle", "new"]);
        ImageGcPlanner.Plan(input with { Named = ["old:1"] }).Select(image => image.Id).ShouldBe(["middle", "new"]);
        ImageGcPlanner.Plan(input with { Pulled = input.Pulled.RemoveAll(pulled => pulled.Id == "old") }).Select(image => image.Id).ShouldBe(["middle", "new"]);
        ImageGcPlanner.Plan(input with { InUse = ["old"], Named = ["middle:1"], Pulled = [] }).ShouldBeEmpty();
    }

    [Fact]
    public void Plan_NamedByDigestOrByALongerName_IsKept()
    {
        var digest = $"docker.io/library/old@sha256:{new string('1', 64)}";
        var image = new Image { Id = "old", Tags = [], RepoDigests = [$"old@sha256:{new string('1', 64)}"], SizeBytes = 10 };
        var input = Input(usedPercent: 100) with { Images = [image], Named = [ImagePinning.Normal(digest)] };

        ImageGcPlanner.Plan(input).ShouldBeEmpty();
    }

    [Fact]
    public void Plan_EngineOnAnotherMachine_RemovesNothing() => ImageGcPlanner.Plan(Input(100) with { DiskTotalBytes = null, DiskFreeBytes = null }).ShouldBeEmpty();

    private static ImageGcInput Input(int usedPercent) => new()
    {
        Images = [.. ((string[])["new", "old", "middle", "foreign"]).Select(id => new Image { Id = id, Tags = [$"{id}:1"], RepoDigests = [], SizeBytes = 8 })],
        Pulled = [new PulledImage("new", Start.AddHours(2)), new PulledImage("old", Start), new PulledImage("middle", Start.AddHours(1))],
        InUse = [],
        Named = ImmutableHashSet<string>.Empty,
        DiskTotalBytes = 100,
        DiskFreeBytes = 100 - usedPercent,
        High = 85,
        Low = 80,
    };
}
