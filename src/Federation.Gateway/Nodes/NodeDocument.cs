using System.Text;
using System.Text.Json.Nodes;
using Federation.Api.Clusters;
using Federation.Api.Json;
using Federation.Api.Nodes;
using Federation.Api.Validation;

namespace Federation.Gateway.Nodes;

/// <summary>What of a Node can be written, and how it is said to its Cluster.</summary>
internal static class NodeDocument
{
    private const string Detail = "only metadata.labels, spec.taints and spec.unschedulable of a Node can be written";

    /// <summary>Kept by the server whatever a client says.</summary>
    private static readonly HashSet<string> Ignored = ["status", "metadata.managedFields", "metadata.uid", "metadata.creationTimestamp", "metadata.generation", "metadata.selfLink"];

    private static readonly HashSet<string> Writable = ["metadata.labels", "spec.taints", "spec.unschedulable"];

    /// <summary>Adds an error for each field that differs and cannot be written.</summary>
    public static void CheckOnlyWritable(Node shown, Node wanted, FieldErrors errors) =>
        Compare(Json(shown), Json(wanted), FieldPath.Root, errors);

    /// <summary>Adds an error for each field that an apply states and that cannot be written.</summary>
    public static void CheckOnlyWritable(JsonObject stated, FieldErrors errors)
    {
        foreach (var (name, value) in stated)
        {
            if (name is "apiVersion" or "kind" || Ignored.Contains(name))
                continue;
            if (name is not ("metadata" or "spec") || value is not JsonObject fields)
                errors.Forbidden(FieldPath.Root.Child(name), Detail);
            else
                CheckFields(name, fields, errors);
        }
    }

    /// <summary>The change of the Cluster's entry for the machine, as a strategic merge patch: what others write meanwhile stays.</summary>
    public static byte[] Patch(string host, NodeWish wish, NodeSettings? before)
    {
        var entry = new JsonObject { ["name"] = host };
        if (wish.Unschedulable is { } unschedulable)
        {
            entry["unschedulable"] = unschedulable ? true : null;
            // Who lets pods come again does not want them to leave.
            if (!unschedulable && before?.Drain is not null)
                entry["drain"] = null;
        }

        if (wish.Taints is { } taints)
            entry["taints"] = taints.Count == 0 ? null : JsonNode.Parse(ApiJson.ToUtf8(taints));
        if (wish.Labels.Count > 0)
            entry["labels"] = new JsonObject(wish.Labels.Select(label => KeyValuePair.Create<string, JsonNode?>(label.Key, label.Value)));
        if (LeavesNothing(wish, before))
            entry = new JsonObject { ["name"] = host, ["$patch"] = "delete" };
        return Nodes(entry);
    }

    /// <summary>What an apply of a Node states, as an apply of its Cluster.</summary>
    public static byte[] Apply(string cluster, string host, JsonObject stated)
    {
        var entry = new JsonObject { ["name"] = host };
        Copy(stated["spec"], "unschedulable", entry);
        Copy(stated["spec"], "taints", entry);
        Copy(stated["metadata"], "labels", entry);
        return Encoding.UTF8.GetBytes(new JsonObject
        {
            ["apiVersion"] = "federation/v1",
            ["kind"] = Cluster.KindName,
            ["metadata"] = new JsonObject { ["name"] = cluster },
            ["spec"] = new JsonObject { ["nodes"] = new JsonArray(entry) },
        }.ToJsonString());
    }

    private static byte[] Nodes(JsonObject entry) =>
        Encoding.UTF8.GetBytes(new JsonObject { ["spec"] = new JsonObject { ["nodes"] = new JsonArray(entry) } }.ToJsonString());

    private static void Copy(JsonNode? from, string field, JsonObject to)
    {
        if (from is JsonObject fields && fields[field] is { } value)
            to[field] = value.DeepClone();
    }

    private static bool LeavesNothing(NodeWish wish, NodeSettings? before)
    {
        if (before is null)
            return false;
        var isUnschedulable = wish.Unschedulable ?? before.Unschedulable == true;
        var isDrained = before.Drain == true && wish.Unschedulable != false;
        var labels = before.Labels.Keys.Except(wish.Labels.Where(label => label.Value is null).Select(label => label.Key)).Any() || wish.Labels.Values.Any(value => value is not null);
        return !isUnschedulable && !isDrained && !labels && (wish.Taints ?? before.Taints).Count == 0;
    }

    private static JsonObject Json(Node node) => (JsonObject)JsonNode.Parse(ApiJson.Write(node))!;

    private static void CheckFields(string parent, JsonObject fields, FieldErrors errors)
    {
        foreach (var (name, _) in fields)
        {
            var path = $"{parent}.{name}";
            if (!Writable.Contains(path) && !Ignored.Contains(path) && path is not ("metadata.name" or "metadata.resourceVersion"))
                errors.Forbidden(FieldPath.Root.Child(parent, name), Detail);
        }
    }

    private static void Compare(JsonObject? shown, JsonObject? wanted, FieldPath path, FieldErrors errors)
    {
        foreach (var name in (shown ?? []).Select(field => field.Key).Union((wanted ?? []).Select(field => field.Key)).Order(StringComparer.Ordinal))
        {
            var at = path.Child(name);
            var (before, after) = (shown?[name], wanted?[name]);
            if (Ignored.Contains(at.ToString()) || Writable.Contains(at.ToString()) || JsonNode.DeepEquals(before, after))
                continue;
            if (before is null or JsonObject && after is null or JsonObject && at.ToString() is "metadata" or "spec")
                Compare(before as JsonObject, after as JsonObject, at, errors);
            else
                errors.Forbidden(at, Detail);
        }
    }
}
