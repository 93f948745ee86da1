using System.Net;

namespace Federation.Cli.Local;

/// <summary>What <c>fed up</c> was asked for.</summary>
internal sealed record UpSettings
{
    public required DataDirectory Data { get; init; }
    public required IPEndPoint Gateway { get; init; }
    public required IPEndPoint Dns { get; init; }
    public required string Zone { get; init; }
    public required string Docker { get; init; }
    public required IReadOnlyList<RegionPlan> Regions { get; init; }
    public required bool WithSample { get; init; }
    public required TimeSpan Timeout { get; init; }
}
