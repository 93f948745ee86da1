namespace Federation.Dns.Signing;

/// <summary>A record that a zone's parent is to have, or will, or no more.</summary>
/// <param name="Record">As a zone file writes it.</param>
/// <param name="KeyTag">Of the key.</param>
/// <param name="IsWanted">The parent is to have it now.</param>
/// <param name="From">When the parent is to have it; null: since ever.</param>
/// <param name="Until">When the parent is to have it no more; null: nobody has decided.</param>
public sealed record ParentRecord(string Record, int KeyTag, bool IsWanted, DateTimeOffset? From, DateTimeOffset? Until)
{
    internal static IEnumerable<ParentRecord> Of(ZoneSigner signer, DateTimeOffset now) => signer.Roles.Published
        .Where(key => key.IsEntryPoint)
        .Select(key => new ParentRecord(
            key.ParentRecord(),
            key.Tag,
            key.Times.IsUntimed || signer.Roles.ForParent.Contains(key) || (key.Times.SyncPublish is null && key.Times.SyncDelete is null),
            key.Times.SyncPublish > now ? key.Times.SyncPublish : null,
            key.Times.SyncDelete));
}
