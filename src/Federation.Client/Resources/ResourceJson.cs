using System.Text.Json;
using Federation.Api.Json;
using Federation.Api.Meta;

namespace Federation.Client.Resources;

/// <summary>Reads what the gateway sends.</summary>
internal static class ResourceJson
{
    public static (List<T> Items, string ResourceVersion, string? Continue) ReadList<T>(byte[] json)
        where T : Resource
    {
        using var document = JsonDocument.Parse(json);
        var metadata = document.RootElement.GetProperty("metadata");
        var info = ApiJson.TypeInfo<T>();
        var items = new List<T>();
        if (document.RootElement.TryGetProperty("items", out var array) && array.ValueKind == JsonValueKind.Array)
        {
            foreach (var item in array.EnumerateArray())
                items.Add(item.Deserialize(info)!);
        }

        var token = metadata.TryGetProperty("continue", out var next) ? next.GetString() : null;
        return (items, metadata.GetProperty("resourceVersion").GetString()!, token is { Length: > 0 } ? token : null);
    }

    public static WatchEvent<T> ReadWatchEvent<T>(byte[] line)
        where T : Resource
    {
        using var document = JsonDocument.Parse(line);
        var type = document.RootElement.GetProperty("type").GetString();
        var body = document.RootElement.GetProperty("object");
        return type switch
        {
            "ADDED" => new(WatchEventType.Added, body.Deserialize(ApiJson.TypeInfo<T>())!),
            "MODIFIED" => new(WatchEventType.Modified, body.Deserialize(ApiJson.TypeInfo<T>())!),
            "DELETED" => new(WatchEventType.Deleted, body.Deserialize(ApiJson.TypeInfo<T>())!),
            "BOOKMARK" => new(WatchEventType.Bookmark, body.Deserialize(ApiJson.TypeInfo<T>())!),
            "ERROR" => throw new StatusException(body.Deserialize(ApiJson.TypeInfo<Status>())!),
            _ => throw new JsonException($"'{type}' is not a watch event."),
        };
    }
}
