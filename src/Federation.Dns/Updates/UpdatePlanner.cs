using System.Collections.Immutable;
using Federation.Dns.Wire;

namespace Federation.Dns.Updates;

/// <summary>What is to be changed at one name of another server, in one piece with its mark.</summary>
/// <param name="Deleted">Each was made by us.</param>
/// <param name="Added">New, or with another TTL.</param>
/// <param name="After">The name when the server has taken it.</param>
internal sealed record NameUpdate(DnsName Name, ImmutableArray<WireRecord> Deleted, ImmutableArray<WireRecord> Added, ForeignName After)
{
    /// <summary>Bytes in a message, at most.</summary>
    public int Length => Deleted.Concat(Added).Sum(record => record.Owner.Length + 10 + (record.Data.Length / 2));
}

/// <summary>Compares what we have at a name with what another server has there.</summary>
/// <remarks>
/// Pure and total. Of the records at a name, by whether we want them, the server has them, and its mark says that they are ours:
/// <code>
///   wanted  there  ours   what is done
///   yes     no     any    added, ours
///   yes     yes    yes    stays; added again with our TTL if it has another
///   yes     yes    no     stays somebody else's
///   no      yes    yes    deleted
///   no      yes    no     stays
/// </code>
/// </remarks>
internal static class UpdatePlanner
{
    private const uint MarkTtl = 60;

    /// <param name="name">The name.</param>
    /// <param name="wanted">What we have there.</param>
    /// <param name="there">What the server has.</param>
    /// <param name="problem">A sentence on why the name cannot be as wanted; null: it can.</param>
    /// <returns>Null: nothing is to be changed.</returns>
    public static NameUpdate? Plan(DnsName name, IReadOnlyCollection<WireRecord> wanted, ForeignName there, out string? problem)
    {
        problem = null;
        var markName = OwnershipMark.NameFor(name);
        if (FindObstacle(wanted, there, markName) is { } obstacle)
        {
            problem = $"{name} {obstacle}";
            wanted = [];
        }

        if (markName is null)
            return null;
        var present = there.Records.ToDictionary(record => record.Identity);
        var wantedIdentities = wanted.Select(record => record.Identity).ToHashSet();
        var added = wanted.Where(record => !present.TryGetValue(record.Identity, out var old) || (old.Ttl != record.Ttl && there.IsOurs(old))).ToImmutableArray();
        var deleted = there.Records.Where(record => !wantedIdentities.Contains(record.Identity) && there.IsOurs(record)).ToImmutableArray();
        var kept = there.Records.Where(record => wantedIdentities.Contains(record.Identity) && there.IsOurs(record));
        ImmutableArray<string> tokens = [.. kept.Concat(added).Select(record => OwnershipMark.TokenOf(record.Type, record.Data)).Distinct().Order(StringComparer.Ordinal)];
        var mark = tokens.IsEmpty ? null : tokens.SequenceEqual(there.Tokens.Order(StringComparer.Ordinal)) ? there.Mark : OwnershipMark.Write(markName, MarkTtl, tokens);
        if (added.IsEmpty && deleted.IsEmpty && mark == there.Mark)
            return null;

        var again = added.Select(record => record.Identity).ToHashSet();
        var after = there.Records.Where(record => !deleted.Contains(record) && !again.Contains(record.Identity)).Concat(added);
        return new NameUpdate(
            name,
            mark == there.Mark || there.Mark is null ? deleted : deleted.Add(there.Mark),
            mark == there.Mark || mark is null ? added : added.Add(mark),
            new ForeignName([.. after], mark, tokens));
    }

    /// <summary>A server passes over what it cannot have, without a word (RFC 2136 section 3.4.2.2): that is found here.</summary>
    private static string? FindObstacle(IReadOnlyCollection<WireRecord> wanted, ForeignName there, DnsName? mark)
    {
        if (wanted.Count == 0)
            return null;
        if (mark is null)
            return "is too long to be marked as ours.";
        var others = there.Records.Where(record => !there.IsOurs(record)).ToList();
        if (others.Any(record => record.Type == RecordType.Cname))
            return "is an alias there that is not ours.";
        return wanted.Any(record => record.Type == RecordType.Cname) && others.Count > 0 ? "is to be an alias, and has records there that are not ours." : null;
    }
}
