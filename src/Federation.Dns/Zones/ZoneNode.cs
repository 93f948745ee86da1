using System.Net;
using Federation.Api.Apps;
using Federation.Dns.Wire;
using Federation.Domain.DnsRecords;

namespace Federation.Dns.Zones;

/// <summary>One name that exists, with its answers.</summary>
internal sealed class ZoneNode(DnsName name, PreparedAnswer[] answers)
{
    public const int NoRegion = -1;

    public DnsName Name { get; } = name;

    public PreparedAnswer[] Answers { get; } = answers;

    /// <summary>False for an empty non-terminal: a name that exists only because one below it does (RFC 8020).</summary>
    public bool IsOwned => IsPlanned || IsStatic;

    /// <summary>Follows from apps and clusters, or is the server's own.</summary>
    public bool IsPlanned { get; init; }

    /// <summary>Has records of a Zone object, or would have them if others did not come first.</summary>
    public bool IsStatic { get; init; }

    /// <summary>The name of a region: <c>eu-west.fed.test.</c></summary>
    public bool IsRegion { get; init; }

    /// <summary>The number of the region that the name is, or that it answers for.</summary>
    public int Region { get; init; } = NoRegion;

    /// <summary>Which addresses a client gets depends on where it is.</summary>
    public bool IsGeo => Regional.Length > 0 && Policy is DnsPolicy.Geo or DnsPolicy.Latency;

    /// <summary>Of an app's name; null: it is none.</summary>
    public DnsPolicy? Policy { get; private init; }

    /// <summary>The name and all below it belong to a child zone; null: to this one.</summary>
    public Delegation? Delegation { get; init; }

    /// <summary>The plan that the answers come from, for explanations.</summary>
    public PlannedOrigin? Origin
    {
        get;
        init
        {
            field = value;
            Policy = value?.Plan.Policy;
        }
    }

    /// <summary>The types that the name has.</summary>
    public IEnumerable<RecordType> Types => Live is null ? Answers.Select(answer => answer.Type) : [.. Answers.Select(answer => answer.Type), Live.Type];

    /// <summary>Made anew for each answer; null: the answers are all there is.</summary>
    public ILiveAnswer? Live { get; init; }

    /// <summary>This name as its regions answer it, one for each region that can.</summary>
    public ZoneNode[] Regional { get; init; } = [];

    /// <summary>A sentence about records of a Zone object that are not served at this name; null: there are none.</summary>
    public string? LeftOut { get; init; }

    /// <param name="name">In the zone.</param>
    /// <param name="region">The region's number, when the name is one's.</param>
    public static ZoneNode Empty(DnsName name, int region) => new(name, []) { IsRegion = region != NoRegion, Region = region };

    public ZoneNode WithRegion(int region) => new(Name, Answers)
    {
        IsPlanned = IsPlanned,
        IsStatic = IsStatic,
        IsRegion = region != NoRegion,
        Region = region,
        Delegation = Delegation,
        Origin = Origin,
        Live = Live,
        Regional = Regional,
        LeftOut = LeftOut,
    };

    /// <summary>The name as one region answers it; null: that region has no answer of the type, or (<see cref="RecordType.None"/>) none at all.</summary>
    public ZoneNode? InRegion(int region, RecordType type)
    {
        foreach (var node in Regional)
        {
            if (node.Region == region)
                return type == RecordType.None ? (node.Answers.Length > 0 ? node : null) : node.Find(type) is null ? null : node;
        }

        return null;
    }

    /// <param name="name">A regional name, in lower case and wire form.</param>
    public ZoneNode? FindRegional(ReadOnlySpan<byte> name)
    {
        foreach (var node in Regional)
        {
            if (node.Name.Wire.SequenceEqual(name))
                return node;
        }

        return null;
    }

    public PreparedAnswer? Find(RecordType type)
    {
        foreach (var answer in Answers)
        {
            if (answer.Type == type)
                return answer;
        }

        return Live is { } live && live.Type == type ? live.Make() : null;
    }

    public bool AnswersLike(ZoneNode other)
    {
        if (Answers.Length != other.Answers.Length || Regional.Length != other.Regional.Length || IsRegion != other.IsRegion || IsGeo != other.IsGeo)
            return false;
        if (Delegation is null ? other.Delegation is not null : other.Delegation is null || !Delegation.IsSameAs(other.Delegation))
            return false;
        for (var i = 0; i < Answers.Length; i++)
        {
            if (!Answers[i].IsSameAs(other.Answers[i]))
                return false;
        }

        for (var i = 0; i < Regional.Length; i++)
        {
            if (!Regional[i].Name.Equals(other.Regional[i].Name) || !Regional[i].AnswersLike(other.Regional[i]))
                return false;
        }

        return true;
    }
}

/// <summary>What one name is to say, and what it says in the regions that answer for themselves.</summary>
internal sealed record NodePlan(DnsName Name, IReadOnlyList<RecordSet> Sets, PlannedOrigin? Origin, IReadOnlyList<NodePlan> Regional);

/// <summary>Where a name's answers come from: an app's plan, and which of its names this is.</summary>
internal sealed record PlannedOrigin(AppDnsPlan Plan, PlannedName Name)
{
    public PlannedAddress? Find(IPAddress address) => Name.Addresses.FirstOrDefault(planned => planned.Address.Equals(address));
}
