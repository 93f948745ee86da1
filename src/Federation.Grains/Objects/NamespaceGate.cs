using Federation.Api;
using Federation.Api.Core;
using Federation.Api.Json;
using Federation.Api.Meta;
using Federation.Storage;
using Federation.Storage.Cache;

namespace Federation.Grains.Objects;

/// <summary>Lets objects be created only in namespaces that exist and stay.</summary>
internal sealed class NamespaceGate(IObjectCache cache, IObjectStore store)
{
    /// <returns>Null: the object may be created.</returns>
    public async Task<Status?> CheckAsync(KindDefinition definition, ObjectKey key, CancellationToken cancellationToken)
    {
        if (!definition.IsNamespaced)
            return null;
        var home = ObjectKey.ClusterScoped(Namespace.KindName, key.Namespace);
        // Events are many and only advice: the cache's word is enough for them.
        if (definition.Kind == Event.KindName && cache.Current(home) is { } cached && !IsDeleting(cached.Json))
            return null;
        var stored = await store.GetAsync(home, cancellationToken);
        if (stored is null)
            return Statuses.NotFound(Kinds.Namespace, key.Namespace);
        return IsDeleting(stored.Json)
            ? Terminating(definition, key)
            : null;
    }

    /// <summary>With the cause by which clients tell it from a refusal that stays.</summary>
    private static Status Terminating(KindDefinition definition, ObjectKey key)
    {
        var refusal = Statuses.Forbidden(definition, key.Name, $"unable to create new content in namespace {key.Namespace} because it is being terminated");
        var cause = new StatusCause { Reason = "NamespaceTerminating", Message = $"namespace {key.Namespace} is being terminated", Field = "metadata.namespace" };
        return refusal with { Details = refusal.Details! with { Causes = [cause] } };
    }

    private static bool IsDeleting(ReadOnlyMemory<byte> json) => ApiJson.Read(Kinds.Namespace, json.Span).IsDeleting;
}
