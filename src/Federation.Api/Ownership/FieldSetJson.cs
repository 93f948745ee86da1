using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Federation.Api.Ownership;

/// <summary>Field sets as Kubernetes' FieldsV1 JSON: <c>{"f:spec":{"f:replicas":{}}}</c>; <c>"."</c> marks a member that has members below it.</summary>
internal static class FieldSetJson
{
    private const string Self = ".";

    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <returns>Null: not a field set.</returns>
    public static FieldSet? Read(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object)
            return null;
        var set = new FieldSet { IsMember = json.TryGetProperty(Self, out _) };
        foreach (var field in json.EnumerateObject())
        {
            if (field.NameEquals(Self))
                continue;
            if (field.Name.Length < 2 || field.Name[1] != ':' || field.Name[0] is not ('f' or 'k' or 'v' or 'i') || Read(field.Value) is not { } child)
                return null;
            set.Put(field.Name, child.IsEmpty ? new FieldSet { IsMember = true } : child);
        }

        return set;
    }

    public static JsonElement Write(FieldSet set)
    {
        var output = new ArrayBufferWriter<byte>(512);
        using (var writer = new Utf8JsonWriter(output, Options))
            Write(set, writer);
        var reader = new Utf8JsonReader(output.WrittenSpan);
        return JsonElement.ParseValue(ref reader);
    }

    /// <summary>A step as people read it.</summary>
    public static string Shown(string step)
    {
        var text = step[2..];
        if (step[0] == 'f')
            return $".{text}";
        if (step[0] == 'v')
            return $"[={text}]";
        if (step[0] == 'i')
            return $"[{text}]";
        try
        {
            using var keys = JsonDocument.Parse(text);
            return $"[{string.Join(',', keys.RootElement.EnumerateObject().Select(key => $"{key.Name}={key.Value.GetRawText()}"))}]";
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // Keys that a client made up.
            return $"[{text}]";
        }
    }

    private static void Write(FieldSet set, Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        if (set is { IsMember: true, HasChildren: true })
        {
            writer.WriteStartObject(Self);
            writer.WriteEndObject();
        }

        foreach (var (step, child) in set.Children)
        {
            writer.WritePropertyName(step);
            Write(child, writer);
        }

        writer.WriteEndObject();
    }
}
