using Federation.Api;

namespace Federation.Storage.Cache;

/// <summary>All objects in memory, kept current from the change log: lists and watches are served from here.</summary>
public interface IObjectCache
{
    /// <summary>Completes when the first snapshot is loaded; before that every read throws <see cref="StoreUnavailableException"/>.</summary>
    Task Ready { get; }

    /// <summary>The store answers the cache now. False: what is read may be old.</summary>
    bool IsCurrent { get; }

    /// <summary>The revision the cache shows.</summary>
    long Revision { get; }

    /// <summary>The history that <see cref="Revision"/> counts in: a revision of another one means nothing here.</summary>
    StoreIdentity Identity { get; }

    CachedObject? Current(ObjectKey key);

    /// <summary>Every object of a kind (in one namespace, or in all), sorted by namespace and name, as one immutable view. Taking it costs next to nothing.</summary>
    ObjectList List(string kind, string? @namespace = null);

    /// <summary>As <see cref="List"/>, but as it was at an earlier revision. Costs the changes since then; the newest state costs nothing.</summary>
    /// <returns>Null: the log no longer reaches back that far, or more has changed since than is worth taking back.</returns>
    /// <exception cref="StoreUnavailableException">The changes are not in memory and the store cannot be read.</exception>
    ValueTask<ObjectList?> ListAtAsync(string kind, string? @namespace, long revision, CancellationToken cancellationToken);

    /// <summary>Returns once the cache shows at least this revision: a read after a write.</summary>
    Task WaitForRevisionAsync(long revision, CancellationToken cancellationToken);

    /// <summary>Follows the changes after a revision without gap and without duplicate.</summary>
    /// <param name="kind">Only this kind; null: all.</param>
    /// <param name="afterRevision">A list's <see cref="ObjectList.Revision"/> or the last bookmark; null: from now on. May lie ahead of this cache.</param>
    ICacheSubscription Subscribe(string? kind, long? afterRevision);
}
