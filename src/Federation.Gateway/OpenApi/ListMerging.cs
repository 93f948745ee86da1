using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Federation.Api.Merging;

namespace Federation.Gateway.OpenApi;

/// <summary>How lists and records merge, in Kubernetes' extensions: what strategic merge patches and server-side apply do here, and what clients that compute patches need to know.</summary>
internal static class ListMerging
{
    public static IEnumerable<(string Name, JsonNode Value)> ExtensionsOf(JsonPropertyInfo property)
    {
        if (Find<ListMapAttribute>(property) is { } map)
        {
            // A key may carry its default: protocol=TCP.
            var keys = map.Keys.Select(key => key.Split('=')[0]).ToList();
            yield return ("x-kubernetes-list-map-keys", new JsonArray([.. keys.Select(key => (JsonNode)key)]));
            yield return ("x-kubernetes-list-type", "map");
            yield return ("x-kubernetes-patch-merge-key", keys[0]);
            yield return ("x-kubernetes-patch-strategy", "merge");
        }
        else if (Find<ListSetAttribute>(property) is not null)
        {
            yield return ("x-kubernetes-list-type", "set");
            yield return ("x-kubernetes-patch-strategy", "merge");
        }
        else if (RecordShape.IsList(property))
        {
            yield return ("x-kubernetes-list-type", "atomic");
        }
    }

    public static bool IsAtomic(Type record) => record.IsDefined(typeof(AtomicAttribute), inherit: false);

    private static T? Find<T>(JsonPropertyInfo property)
        where T : Attribute => property.AttributeProvider?.GetCustomAttributes(typeof(T), inherit: false).OfType<T>().FirstOrDefault();
}
