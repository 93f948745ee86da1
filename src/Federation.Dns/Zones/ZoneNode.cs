using Federation.Api.Apps;
using Federation.Dns.Places;
using Federation.Dns.Wire;
using Federation.Domain.DnsRecords;

namespace Federation.Dns.Zones;

/// <summary>One name that exists, with its answers.</summary>
internal sealed class ZoneNode
{
    public const int NoRegion = -1;

    /// <summary>Of <see cref="Touch"/>.</summary>
    public const int LastStep = 4;

    private readonly NodeSource? _source;
    private readonly RegionNumbers? _numbers;
    private readonly bool _hasRegional;
    private ZoneNode[]? _regional;
    private Spill? _spill; // few names have one

    public ZoneNode(DnsName name, PreparedAnswer[] answers)
    {
        Name = name;
        Answers = answers;
    }

    private ZoneNode(NodePlan plan, PreparedAnswer[] answers, int ownRegion, RegionNumbers numbers)
        : this(plan.Name, answers)
    {
        _source = plan.Source ?? (plan.Origin is null && plan.Regional.Count == 0 ? null : new KeptSource(plan));
        _numbers = numbers;
        _hasRegional = plan.Regional.Count > 0;
        IsPlanned = true;
        IsRegion = ownRegion != NoRegion;
        Region = IsRegion ? ownRegion : plan.Origin?.Name.Region is { } region ? numbers.Of(region) : NoRegion;
        Policy = plan.Origin?.Plan.Policy;
    }

    private ZoneNode(ZoneNode other, PreparedAnswer[] answers)
        : this(other.Name, answers)
    {
        (_source, _numbers, _hasRegional, _regional) = (other._source, other._numbers, other._hasRegional, other._regional);
        (IsPlanned, Policy, Live, _spill) = (other.IsPlanned, other.Policy, other.Live, other._spill);
    }

    public DnsName Name { get; }

    public PreparedAnswer[] Answers { get; }

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
    public bool IsGeo => _hasRegional && Policy is DnsPolicy.Geo or DnsPolicy.Latency;

    /// <summary>Of an app's name; null: it is none.</summary>
    public DnsPolicy? Policy { get; private init; }

    /// <summary>The name and all below it belong to a child zone; null: to this one.</summary>
    public Delegation? Delegation { get; private init; }

    /// <summary>The plan that the answers come from, for explanations. Made when it is asked for.</summary>
    public PlannedOrigin? Origin => _source?.Find(Name)?.Origin;

    /// <summary>The types that the name has.</summary>
    public IEnumerable<RecordType> Types => Live is null ? Answers.Select(answer => answer.Type) : [.. Answers.Select(answer => answer.Type), Live.Type];

    /// <summary>Made anew for each answer; null: the answers are all there is.</summary>
    public ILiveAnswer? Live { get; init; }

    /// <summary>This name as its regions answer it, one for each region that can. Made when it is first asked for, and from then on with each change; at once where the policy needs it for every address.</summary>
    public ZoneNode[] Regional => !_hasRegional ? [] : Volatile.Read(ref _regional) ?? Interlocked.CompareExchange(ref _regional, MakeRegional(), null) ?? _regional;

    /// <summary>How many of the clients that come to it it answers, of <see cref="PlannedName.AllRoom"/>; the others go to the next node.</summary>
    public long Room => _spill?.Room ?? PlannedName.AllRoom;

    /// <summary>This name as it answers clients that this node has no room for, the first choice first.</summary>
    public ZoneNode[] Next => _spill?.Next ?? [];

    /// <summary>A sentence about records of a Zone object that are not served at this name; null: there are none.</summary>
    public string? LeftOut { get; private init; }

    /// <param name="name">In the zone.</param>
    /// <param name="region">The region's number, when the name is one's.</param>
    public static ZoneNode Empty(DnsName name, int region) => new(name, []) { IsRegion = region != NoRegion, Region = region };

    /// <summary>Makes a node of a plan.</summary>
    /// <param name="plan">Of the name.</param>
    /// <param name="before">Whose turns go on; null: nobody's.</param>
    /// <param name="ownRegion">The number of the region that the name is one of; <see cref="NoRegion"/>: none.</param>
    /// <param name="numbers">Of the regions.</param>
    public static ZoneNode Prepare(NodePlan plan, ZoneNode? before, int ownRegion, RegionNumbers numbers)
    {
        var answers = plan.Sets.Count == 0 ? [] : new PreparedAnswer[plan.Sets.Count];
        for (var i = 0; i < answers.Length; i++)
            answers[i] = PreparedAnswer.Prepare(plan.Name, plan.Sets[i], before?.Find(plan.Sets[i].Type));
        var node = new ZoneNode(plan, answers, ownRegion, numbers);
        if ((node.IsGeo && answers.Any(answer => answer.IsAddress)) || before?._regional is not null)
            node._regional = [.. plan.Regional.Select(regional => Prepare(regional with { Source = plan.SourceOf(regional) }, before?.FindRegional(regional), NoRegion, numbers))];
        if (plan.Room != PlannedName.AllRoom || plan.Next.Count > 0)
            node._spill = new Spill(plan.Room, [.. plan.Next.Select((other, place) => Prepare(other, before?.Next.ElementAtOrDefault(place), NoRegion, numbers))]);
        return node;
    }

    public ZoneNode WithRegion(int region) => new(this, Answers) { IsStatic = IsStatic, IsRegion = region != NoRegion, Region = region, Delegation = Delegation, LeftOut = LeftOut };

    /// <summary>The same, to be read through once: what its regions say is made for it, and not kept.</summary>
    public ZoneNode InPassing(LastPlans plans) => !_hasRegional || _regional is not null
        ? this
        : new(this, Answers) { IsStatic = IsStatic, IsRegion = IsRegion, Region = Region, Delegation = Delegation, LeftOut = LeftOut, _regional = MakeRegional(plans.Of(_source!)) };

    /// <summary>The same name with records of a Zone object beside its own, or without any.</summary>
    /// <param name="answers">All.</param>
    /// <param name="next">See <see cref="Next"/>.</param>
    /// <param name="isStatic">A Zone object has the name.</param>
    /// <param name="delegation">Of the name; null: none.</param>
    /// <param name="leftOut">See <see cref="LeftOut"/>.</param>
    public ZoneNode WithStatic(PreparedAnswer[] answers, ZoneNode[] next, bool isStatic, Delegation? delegation = null, string? leftOut = null) =>
        new(this, answers) { IsStatic = isStatic, IsRegion = IsRegion, Region = Region, Delegation = delegation, LeftOut = leftOut, _spill = _spill is null ? null : new Spill(Room, next) };

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

    /// <summary>What a region said at this name before: a whole name has the same name in every region.</summary>
    private ZoneNode? FindRegional(NodePlan regional)
    {
        foreach (var node in Regional)
        {
            if (node.Name.Equals(regional.Name) && (regional.Origin?.Name.Region is not { } region || _numbers!.Of(region) == node.Region))
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

    /// <summary>Reads some of what an answer from this name needs, so that it is in the processor's caches: with each step what the one before has the addresses of.</summary>
    /// <param name="step">0 to <see cref="LastStep"/>.</param>
    /// <returns>Nothing of meaning; whoever uses it keeps the reads from being left out.</returns>
    public int Touch(int step) => step switch
    {
        0 => Region + (Live is null ? 0 : 1),
        1 => (int)Name.Hash + Answers.Length + (IsGeo && _regional is { } regional ? regional.Length : 0),
        2 => Name.Wire[0] + (Answers.Length > 0 ? Answers[0].Touch() : 0) + TouchRegional(0),
        3 => TouchRegional(1),
        LastStep => TouchRegional(2),
        _ => 0,
    };

    private int TouchRegional(int step)
    {
        var touched = 0;
        if (!IsGeo || _regional is not { } regional)
            return touched;
        foreach (var node in regional)
            touched += node.Touch(step);
        return touched;
    }

    public bool AnswersLike(ZoneNode other)
    {
        if (Answers.Length != other.Answers.Length || _hasRegional != other._hasRegional || IsRegion != other.IsRegion || IsGeo != other.IsGeo
            || Room != other.Room || Next.Length != other.Next.Length)
            return false;
        if (Delegation is null ? other.Delegation is not null : other.Delegation is null || !Delegation.IsSameAs(other.Delegation))
            return false;
        for (var i = 0; i < Answers.Length; i++)
        {
            if (!Answers[i].IsSameAs(other.Answers[i]))
                return false;
        }

        // Made for this comparison alone where nobody asked for them yet.
        var (ours, theirs) = (_regional ?? MakeRegional(), other._regional ?? other.MakeRegional());
        if (ours.Length != theirs.Length)
            return false;
        for (var i = 0; i < ours.Length; i++)
        {
            if (!ours[i].Name.Equals(theirs[i].Name) || ours[i].Region != theirs[i].Region || !ours[i].AnswersLike(theirs[i]))
                return false;
        }

        for (var i = 0; i < Next.Length; i++)
        {
            if (!Next[i].AnswersLike(other.Next[i]))
                return false;
        }

        return true;
    }

    private ZoneNode[] MakeRegional() => !_hasRegional ? [] : MakeRegional(_source!.Plan());

    private ZoneNode[] MakeRegional(IReadOnlyList<NodePlan> plans) =>
        [.. NodeSource.Find(plans, Name)!.Regional.Select(plan => Prepare(plan with { Source = plan.Name.Equals(Name) ? null : _source }, null, NoRegion, _numbers!))];

    /// <summary>What becomes of clients that the node has no room for.</summary>
    private sealed record Spill(long Room, ZoneNode[] Next);
}
