using System.Collections.Immutable;

namespace Federation.Dns.Signing.Keys;

/// <summary>What each of a zone's keys is at one moment.</summary>
/// <param name="Published">In the zone's DNSKEY records.</param>
/// <param name="DataSigners">Sign everything but the zone's keys; empty: the zone is not signed.</param>
/// <param name="KeySigners">Sign DNSKEY, CDS and CDNSKEY.</param>
/// <param name="ForParent">The parent is to have their DS.</param>
public sealed record KeyRoles(ImmutableArray<ZoneKey> Published, ImmutableArray<ZoneKey> DataSigners, ImmutableArray<ZoneKey> KeySigners, ImmutableArray<ZoneKey> ForParent)
{
    public bool IsSigned => !DataSigners.IsEmpty;

    public bool IsSameAs(KeyRoles other) =>
        other is not null && Published.SequenceEqual(other.Published) && DataSigners.SequenceEqual(other.DataSigners)
        && KeySigners.SequenceEqual(other.KeySigners) && ForParent.SequenceEqual(other.ForParent);

    public override string ToString() =>
        $"published {Tags(Published)}; data signed by {Tags(DataSigners)}, keys by {Tags(KeySigners)}; the parent is to know {Tags(ForParent)}";

    private static string Tags(ImmutableArray<ZoneKey> keys) => keys.IsEmpty ? "none" : string.Join(", ", keys.Select(key => key.Tag));
}

/// <summary>From keys' times to what they are.</summary>
/// <remarks>Pure: name servers with the same files and about the same time do the same, and none has to be told.</remarks>
public static class KeySchedule
{
    /// <summary>
    /// <code>
    /// the key                      is published        signs data                                  signs keys
    /// for the parent (flags 257)   Publish to Delete   Activate to Inactive, while no other does   Publish to Delete
    /// for data (flags 256)         Publish to Delete   Activate to Inactive                        while none for the parent is published
    /// </code>
    /// A key for the parent signs the keys as long as it is there, for a resolver may know the DS of either while they change.
    /// </summary>
    public static KeyRoles At(IEnumerable<ZoneKey> keys, DateTimeOffset now)
    {
        ImmutableArray<ZoneKey> published = [.. keys.Where(key => key.Times.IsUntimed || IsWithin(key.Times.Publish, key.Times.Delete, now)).OrderBy(key => key.Tag)];
        ImmutableArray<ZoneKey> active = [.. published.Where(key => key.Times.IsUntimed || IsWithin(key.Times.Activate, key.Times.Inactive, now))];
        ImmutableArray<ZoneKey> entryPoints = [.. published.Where(key => key.IsEntryPoint)];
        ImmutableArray<ZoneKey> forData = [.. active.Where(key => !key.IsEntryPoint)];
        return new KeyRoles(
            published,
            forData.IsEmpty ? active : forData,
            active.IsEmpty ? [] : entryPoints.IsEmpty ? active : entryPoints,
            [.. entryPoints.Where(key => IsWithin(key.Times.SyncPublish, key.Times.SyncDelete, now))]);
    }

    private static bool IsWithin(DateTimeOffset? begin, DateTimeOffset? end, DateTimeOffset now) => begin <= now && !(end <= now);
}
