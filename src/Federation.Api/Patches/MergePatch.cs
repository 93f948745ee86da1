using System.Buffers;
using System.Text.Json;

namespace Federation.Api.Patches;

/// <summary>RFC 7386: an object is merged field by field, null removes, everything else replaces.</summary>
public static class MergePatch
{
    /// <summary>Escapes that are half a surrogate pair are JSON, but no text.</summary>
    private const string NoText = "the patch is not valid Unicode text";

    // A field given twice has two meanings; which one a parser takes is a matter of taste, so it is refused.
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 64, AllowDuplicateProperties = false };

    /// <param name="target">The document as it is; trusted.</param>
    /// <param name="patch">What the client sent.</param>
    public static PatchResult Apply(ReadOnlyMemory<byte> target, ReadOnlyMemory<byte> patch)
    {
        JsonDocument patchDocument;
        try
        {
            patchDocument = JsonDocument.Parse(patch, Options);
        }
        catch (JsonException exception)
        {
            return new PatchResult(default, $"the patch is not valid JSON: {exception.Message}");
        }
        catch (InvalidOperationException)
        {
            return new PatchResult(default, NoText);
        }

        using (patchDocument)
        using (var targetDocument = JsonDocument.Parse(target))
        {
            try
            {
                var output = new ArrayBufferWriter<byte>(target.Length + patch.Length);
                using (var writer = new Utf8JsonWriter(output))
                    WriteMerged(targetDocument.RootElement, patchDocument.RootElement, writer);
                return new PatchResult(output.WrittenMemory, null);
            }
            catch (InvalidOperationException)
            {
                return new PatchResult(default, NoText);
            }
        }
    }

    private static void WriteMerged(JsonElement? target, JsonElement patch, Utf8JsonWriter writer)
    {
        if (patch.ValueKind != JsonValueKind.Object)
        {
            patch.WriteTo(writer);
            return;
        }

        writer.WriteStartObject();
        var before = target is { ValueKind: JsonValueKind.Object } ? target : null;
        if (before is { } fields)
        {
            foreach (var field in fields.EnumerateObject())
            {
                if (!patch.TryGetProperty(field.Name, out var change))
                    field.WriteTo(writer);
                else if (change.ValueKind != JsonValueKind.Null)
                    WriteField(field.Name, field.Value, change, writer);
            }
        }

        foreach (var change in patch.EnumerateObject())
        {
            if (change.Value.ValueKind != JsonValueKind.Null && before?.TryGetProperty(change.Name, out _) is not true)
                WriteField(change.Name, null, change.Value, writer);
        }

        writer.WriteEndObject();
    }

    private static void WriteField(string name, JsonElement? target, JsonElement patch, Utf8JsonWriter writer)
    {
        writer.WritePropertyName(name);
        WriteMerged(target, patch, writer);
    }
}
