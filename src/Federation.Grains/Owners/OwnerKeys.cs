using Federation.Api;
using Federation.Api.Json;
using Federation.Api.Meta;
using Federation.Storage.Cache;

namespace Federation.Grains.Owners;

/// <summary>Reads owner references.</summary>
internal static class OwnerKeys
{
    /// <summary>The object a reference names; null: of a kind this store does not keep, so nobody here can say whether it exists.</summary>
    public static ObjectKey? Of(OwnerReference owner, ObjectKey dependent)
    {
        if (!Kinds.TryFind(owner.Kind, out var kind) || kind.ApiVersion != owner.ApiVersion || kind.Storage != KindStorage.Stored)
            return null;
        if (!kind.IsNamespaced)
            return ObjectKey.ClusterScoped(kind.Kind, owner.Name);
        return dependent.Namespace.Length > 0 ? new ObjectKey(kind.Kind, dependent.Namespace, owner.Name) : null;
    }

    /// <summary>Most objects have no owner: they are not even parsed.</summary>
    public static IReadOnlyList<OwnerReference> In(CachedObject cached) =>
        cached.Json.Span.IndexOf("\"ownerReferences\""u8) < 0 ? [] : ApiJson.Read(Kinds.Find(cached.Key.Kind), cached.Json.Span).Metadata.OwnerReferences;

    /// <summary>The object's deletion waits for its dependents.</summary>
    public static bool WaitsForDependents(CachedObject cached) =>
        cached.Json.Span.IndexOf("\"deletionTimestamp\""u8) >= 0
        && (cached.Json.Span.IndexOf("\"foregroundDeletion\""u8) >= 0 || cached.Json.Span.IndexOf("\"orphan\""u8) >= 0);
}
