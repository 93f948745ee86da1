using System.Collections.Immutable;
using Federation.Dns.Wire;

namespace Federation.Dns.Updates;

/// <summary>What another server has at one name.</summary>
/// <param name="Records">All of them, whoever made them.</param>
/// <param name="Mark">Our mark of this name, as it is; null: there is none.</param>
/// <param name="Tokens">What the mark says is ours.</param>
internal sealed record ForeignName(ImmutableArray<WireRecord> Records, WireRecord? Mark, ImmutableArray<string> Tokens)
{
    public static ForeignName Empty { get; } = new([], null, []);

    public bool IsOurs(WireRecord record) => Tokens.Contains(OwnershipMark.TokenOf(record.Type, record.Data));
}

/// <summary>What is known of the part of another server's zone in which our names are. Read whole, then kept up with what is pushed.</summary>
internal sealed class ForeignZone
{
    private readonly Dictionary<DnsName, ForeignName> _names = [];

    /// <summary>How far it has been brought; null: nobody has begun.</summary>
    public ProgressMark? Progress { get; private set; }

    /// <summary>The record that says so.</summary>
    public WireRecord? ProgressRecord { get; private set; }

    /// <summary>Names at which there are records of ours.</summary>
    public IEnumerable<DnsName> Owned => _names.Where(entry => entry.Value.Mark is not null).Select(entry => entry.Key);

    /// <summary>How many those are.</summary>
    public int OwnedCount { get; private set; }

    /// <param name="records">Of the whole zone.</param>
    /// <param name="apex">Of ours: what is not at or below it is not looked at.</param>
    public static ForeignZone Read(IEnumerable<WireRecord> records, DnsName apex)
    {
        var zone = new ForeignZone();
        var progress = ProgressMark.NameFor(apex);
        foreach (var owner in records.Where(record => record.Owner.IsAtOrBelow(apex)).GroupBy(record => record.Owner))
        {
            if (owner.Key.Equals(progress))
                zone.Reach(owner.FirstOrDefault(record => ProgressMark.Read(record) is not null));
            else if (OwnershipMark.OwnerOf(owner.Key) is { } marked && owner.FirstOrDefault(record => OwnershipMark.Read(record) is not null) is { } mark)
                zone._names[marked] = zone.Find(marked) with { Mark = mark, Tokens = OwnershipMark.Read(mark)!.Value };
            else
                zone._names[owner.Key] = zone.Find(owner.Key) with { Records = [.. owner.DistinctBy(record => record.Identity)] };
        }

        zone.OwnedCount = zone.Owned.Count();
        return zone;
    }

    public ForeignName Find(DnsName name) => _names.GetValueOrDefault(name, ForeignName.Empty);

    /// <summary>The server has taken a change of one name.</summary>
    public void Apply(NameUpdate update)
    {
        OwnedCount += (update.After.Mark is null ? 0 : 1) - (Find(update.Name).Mark is null ? 0 : 1);
        if (update.After.Records.IsEmpty && update.After.Mark is null)
            _names.Remove(update.Name);
        else
            _names[update.Name] = update.After;
    }

    public void Reach(WireRecord? progress) => (ProgressRecord, Progress) = (progress, progress is null ? null : ProgressMark.Read(progress));
}
