using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Federation.Api.Merging;

namespace Federation.Gateway.OpenApi;

/// <summary>Tells clients how lists and records merge, as the records declare it.</summary>
/// <remarks>kubectl makes its three-way strategic patches from this: what the server filled in beside a manifest's own fields is then no difference,
/// and a second <c>kubectl apply</c> of the same manifest prints <c>unchanged</c>.</remarks>
internal static class MergeHints
{
    public static void AddTo(JsonObject schema, JsonPropertyInfo property)
    {
        if (property.AttributeProvider is not MemberInfo member)
            return;
        if (member.GetCustomAttribute<ListMapAttribute>() is { } map)
        {
            var keys = map.Keys.Select(key => key.Split('=')[0]).ToList();
            schema["x-kubernetes-list-type"] = "map";
            schema["x-kubernetes-list-map-keys"] = new JsonArray([.. keys.Select(key => (JsonNode)key)]);
            schema["x-kubernetes-patch-strategy"] = "merge";
            schema["x-kubernetes-patch-merge-key"] = keys[0];
        }
        else if (member.GetCustomAttribute<ListSetAttribute>() is not null)
        {
            schema["x-kubernetes-list-type"] = "set";
            schema["x-kubernetes-patch-strategy"] = "merge";
        }
        else if ((string?)schema["type"] == "array")
        {
            schema["x-kubernetes-list-type"] = "atomic";
        }
    }

    public static void AddTo(JsonObject schema, Type record)
    {
        if (record.IsDefined(typeof(AtomicAttribute), inherit: false))
            schema["x-kubernetes-map-type"] = "atomic";
    }
}
