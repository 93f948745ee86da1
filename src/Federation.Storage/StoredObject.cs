using Federation.Api;

namespace Federation.Storage;

/// <summary>One object as the store holds it.</summary>
/// <param name="Key">What the object is called; unique in the store.</param>
/// <param name="Uid">Identity over its whole life: an object created again under the same key has another uid.</param>
/// <param name="Generation"><c>metadata.generation</c>, repeated here so that nobody parses the JSON for it.</param>
/// <param name="Revision">The store-wide revision of the last write of this object; the API's <c>metadata.resourceVersion</c>.</param>
/// <param name="Json">The object as UTF-8 JSON without <c>metadata.resourceVersion</c>: the revision is known only once it is written, so readers put it in. Never modified.</param>
/// <param name="ReconcileDue">When its controller must look at it again; null: nothing is pending. Microsecond precision.</param>
public sealed record StoredObject(ObjectKey Key, string Uid, long Generation, long Revision, ReadOnlyMemory<byte> Json, DateTimeOffset? ReconcileDue);

/// <summary>Every object (of one kind, or of all) exactly as it was at one revision, sorted by kind, namespace and name (ordinal).</summary>
public sealed record StoreSnapshot(long Revision, IReadOnlyList<StoredObject> Objects);

/// <summary>Which history this is: made when the store is created and made anew by a restore, after which it has not seen what others may have.</summary>
public readonly record struct StoreIdentity(Guid Id)
{
    public override string ToString() => Id.ToString("D");
}

/// <summary>An object whose reconcile timer has fired, claimed for one claimant.</summary>
/// <param name="Due">When it was due, not when it was claimed.</param>
/// <param name="ClaimedUntil">From then on another claimant may get it.</param>
public sealed record DueObject(ObjectKey Key, string Uid, long Revision, DateTimeOffset Due, DateTimeOffset ClaimedUntil);
