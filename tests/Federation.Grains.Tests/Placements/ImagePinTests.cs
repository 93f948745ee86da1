using Federation.Api;
using Federation.Api.Agents;
using Federation.Api.Apps;
using Federation.Domain.Works;

namespace Federation.Grains.Tests.Placements;

/// <summary>A tag that leads to other bytes in each region, until one of them is decided upon.</summary>
public sealed class ImagePinTests : IAsyncLifetime
{
    private GrainHarness _plane = null!;
    private FakeAgent _east = null!;
    private FakeAgent _west = null!;

    public async Task InitializeAsync()
    {
        _plane = await GrainHarness.StartAsync();
        _east = await _plane.StartClusterAsync("us-east-1", "us-east");
        _west = await _plane.StartClusterAsync("eu-west-1", "eu-west");
        (_east.Finds, _west.Finds) = (work => Found(work, '1'), work => Found(work, '2'));
        _east.IsPatient = _west.IsPatient = true;
    }

    public async Task DisposeAsync() => await _plane.DisposeAsync();

    public static TheoryData<PlacedResource> Kinds => new(Sample.App("web", 4), Sample.Daemon("web"), Sample.Job("web", completions: 4, parallelism: 4));

    [Theory]
    [MemberData(nameof(Kinds), DisableDiscoveryEnumeration = true)]
    public async Task Report_TwoRegionsFindOtherBytes_BothAreToldTheSameAndItStaysSo(PlacedResource placed)
    {
        await _plane.CreateAsync(placed);
        await _plane.UntilAsync(async () => await PinAsync(placed.Key) is not null, "the bytes are decided", _east, _west);
        var decided = await PinAsync(placed.Key);

        await _east.ReportAsync();
        await _west.ReportAsync();

        (await PinAsync(placed.Key)).ShouldBe(decided);
        var now = (await _plane.ReadPlacedAsync()).Single();
        foreach (var cluster in (string[])["us-east-1", "eu-west-1"])
            WorkRenderer.Render(now, cluster).ShouldBeOfType<WorkRendering.Run>().Work.Images.Values.ShouldBe([decided]);
    }

    private async Task<string?> PinAsync(ObjectKey key) => (await _plane.ReadPlacedAsync()).Single(placed => placed.Key == key).PinnedImages?.References.Values.Single();

    private static string? Found(Work work, char digit)
    {
        var image = work.Template.Spec.Containers[0].Image;
        return work.Images.Count > 0 ? null : ImageDigests.Format(new Dictionary<string, string> { [image] = $"{image.Split(':')[0]}@sha256:{new string(digit, 64)}" });
    }
}
