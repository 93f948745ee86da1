using System.Collections.Immutable;
using Federation.Dns.Signing;
using Federation.Dns.Zones;

namespace Federation.Dns.Hosting.Status;

/// <summary>What a name server has of one zone.</summary>
/// <remarks>Not in the Zone object: each change of health is a new version of a zone, and would be another write to the store.</remarks>
public sealed record ZoneStatus
{
    public required string Zone { get; init; }

    /// <summary>The Zone object behind it; null: none.</summary>
    public string? Object { get; init; }

    /// <summary>Why the object is not served; null: it is, or there is none.</summary>
    public string? Problem { get; init; }

    public uint Serial { get; init; }

    /// <summary>Names that exist.</summary>
    public int Names { get; init; }

    /// <summary>Records of the static view, as a secondary has them.</summary>
    public int Records { get; init; }

    public bool IsSigned { get; init; }

    /// <summary>The DS records that the parent is to have now.</summary>
    public ImmutableArray<string> ParentRecords { get; init; } = [];

    internal static ImmutableArray<ZoneStatus> Of(ServedZones zones, ZoneSigners? signers, DateTimeOffset now) =>
    [
        .. zones.All.Select(zone => Of(zone, signers?.Find(zone.Apex), now)),
        .. zones.UnservedObjects.Select(one => new ZoneStatus { Zone = one.Zone.ToString(), Object = one.Object, Problem = one.Problem }),
    ];

    private static ZoneStatus Of(ZoneSnapshot zone, ZoneSigner? signer, DateTimeOffset now) => new()
    {
        Zone = zone.Apex.ToString(),
        Object = zone.Object,
        Serial = zone.Serial,
        Names = zone.NameCount,
        Records = ZoneContents.CountOf(zone),
        IsSigned = signer is { IsSigning: true },
        ParentRecords = signer is null ? [] : [.. ParentRecord.Of(signer, now).Where(record => record.IsWanted).Select(record => record.Record)],
    };
}
