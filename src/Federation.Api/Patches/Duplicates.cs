using System.Buffers;
using System.Text.Json;

namespace Federation.Api.Patches;

/// <summary>Drops repeated fields from JSON that a client asked to be lenient with: the last one counts, as in Kubernetes.</summary>
public static class Duplicates
{
    private static readonly JsonDocumentOptions Lenient = new() { MaxDepth = 64 };

    /// <param name="json">What the client sent. What is no JSON at all comes back as it is: its reader says what is wrong.</param>
    /// <param name="found">The path of each field that was there more than once: <c>spec.replicas</c>.</param>
    public static ReadOnlyMemory<byte> Drop(ReadOnlyMemory<byte> json, out IReadOnlyList<string> found)
    {
        var paths = new List<string>();
        found = paths;
        try
        {
            using var document = JsonDocument.Parse(json, Lenient);
            var output = new ArrayBufferWriter<byte>(json.Length);
            using (var writer = new Utf8JsonWriter(output))
                Write(document.RootElement, "", writer, paths);
            return paths.Count == 0 ? json : output.WrittenMemory;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return json;
        }
    }

    private static void Write(JsonElement value, string path, Utf8JsonWriter writer, List<string> found)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                writer.WriteStartObject();
                foreach (var fields in value.EnumerateObject().GroupBy(field => field.Name))
                {
                    var at = path.Length == 0 ? fields.Key : $"{path}.{fields.Key}";
                    if (fields.Skip(1).Any())
                        found.Add(at);
                    writer.WritePropertyName(fields.Key);
                    Write(fields.Last().Value, at, writer, found);
                }

                writer.WriteEndObject();
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                var index = 0;
                foreach (var element in value.EnumerateArray())
                    Write(element, $"{path}[{index++}]", writer, found);
                writer.WriteEndArray();
                break;
            default:
                value.WriteTo(writer);
                break;
        }
    }
}
