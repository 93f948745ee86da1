using System.Buffers;
using System.Text.Json;
using Federation.Api.Merging;
using Federation.Api.Validation;

namespace Federation.Api.Ownership;

/// <summary>Cuts what the client stated out of what was decoded from it: no value the client did not give, every value in the form the server writes.</summary>
internal static class StatedFields
{
    /// <summary>What the server sets in every object's metadata; nobody owns it.</summary>
    public static readonly IReadOnlySet<string> ServerMetadata = new HashSet<string>
    {
        "name", "namespace", "uid", "resourceVersion", "generation", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "managedFields",
    };

    /// <param name="raw">The body.</param>
    /// <param name="decoded">The body as decoded and written again, without defaults.</param>
    /// <param name="kind">What it is a body of.</param>
    /// <param name="isStatus">True: only the status counts; false: all but the status.</param>
    /// <param name="errors">Takes lists whose elements cannot be told apart.</param>
    public static ReadOnlyMemory<byte> Cut(JsonElement raw, JsonElement decoded, KindDefinition kind, bool isStatus, FieldErrors errors)
    {
        var output = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(output))
        {
            writer.WriteStartObject();
            foreach (var field in raw.EnumerateObject())
            {
                if (field.Name is "apiVersion" or "kind" || field.Name == "status" != isStatus)
                    continue;
                if (field.Name == "metadata")
                    CutMetadata(field.Value, decoded, kind, errors, writer);
                else
                    CutField(field, decoded, MergeSchema.Of(kind), FieldPath.Root, errors, writer);
            }

            writer.WriteEndObject();
        }

        return output.WrittenMemory;
    }

    private static void CutMetadata(JsonElement raw, JsonElement decoded, KindDefinition kind, FieldErrors errors, Utf8JsonWriter writer)
    {
        if (raw.ValueKind != JsonValueKind.Object || !decoded.TryGetProperty("metadata", out var metadata))
            return;
        writer.WriteStartObject("metadata");
        foreach (var field in raw.EnumerateObject())
        {
            if (!ServerMetadata.Contains(field.Name))
                CutField(field, metadata, MergeSchema.Of(kind).Field("metadata"), FieldPath.Metadata, errors, writer);
        }

        writer.WriteEndObject();
    }

    private static void CutField(JsonProperty raw, JsonElement parent, MergeSchema schema, FieldPath path, FieldErrors errors, Utf8JsonWriter writer)
    {
        if (raw.Value.ValueKind == JsonValueKind.Null)
            return;
        if (parent.TryGetProperty(raw.Name, out var decoded))
        {
            writer.WritePropertyName(raw.Name);
            CutValue(raw.Value, decoded, schema.Field(raw.Name), path.Child(raw.Name), errors, writer);
        }
        else if (IsEmptyContainer(raw.Value))
        {
            // Empty lists and maps are not written, but stating one is a statement.
            raw.WriteTo(writer);
        }
    }

    private static void CutValue(JsonElement raw, JsonElement decoded, MergeSchema schema, FieldPath path, FieldErrors errors, Utf8JsonWriter writer)
    {
        switch (schema.Form)
        {
            case MergeForm.Record or MergeForm.Map when raw.ValueKind == JsonValueKind.Object && decoded.ValueKind == JsonValueKind.Object:
                writer.WriteStartObject();
                foreach (var field in raw.EnumerateObject())
                    CutField(field, decoded, schema, path, errors, writer);
                writer.WriteEndObject();
                break;
            case MergeForm.ListMap or MergeForm.ListSet when ListIdentity.Of(decoded, schema) is null:
                errors.Invalid(path, "list", $"no two elements may have the same {(schema.Form == MergeForm.ListSet ? "value" : string.Join(" and ", schema.Keys.Select(key => key.Name)))}");
                decoded.WriteTo(writer);
                break;
            case MergeForm.ListMap when raw.ValueKind == JsonValueKind.Array && decoded.ValueKind == JsonValueKind.Array && raw.GetArrayLength() == decoded.GetArrayLength():
                writer.WriteStartArray();
                for (var index = 0; index < raw.GetArrayLength(); index++)
                    CutValue(raw[index], decoded[index], schema.Element, path.Index(index), errors, writer);
                writer.WriteEndArray();
                break;
            default:
                decoded.WriteTo(writer);
                break;
        }
    }

    private static bool IsEmptyContainer(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Array => value.GetArrayLength() == 0,
        JsonValueKind.Object => !value.EnumerateObject().MoveNext(),
        _ => false,
    };
}
