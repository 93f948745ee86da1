using System.Buffers;
using System.Text.Json;
using Federation.Api.Merging;

namespace Federation.Api.Ownership;

/// <summary>Puts what an applier states into the object as it is, and takes out what it stated before and nobody wants any more.</summary>
/// <remarks>
/// | stated now | stated before | wanted by others | result                                                        |
/// |------------|---------------|------------------|---------------------------------------------------------------|
/// | yes        |               |                  | merged in                                                     |
/// | no         | yes           | no               | removed; of a map or keyed list only what was stated          |
/// | no         | yes           | yes              | kept; an element also keeps its keys                          |
/// | no         | no            |                  | kept                                                          |
/// </remarks>
internal static class ApplyMerge
{
    /// <param name="live">The object as it is; <c>{}</c>: there is none.</param>
    /// <param name="stated">What the applier states.</param>
    /// <param name="schema">How the kind merges.</param>
    /// <param name="before">What the applier owned until now.</param>
    /// <param name="wanted">What it states now and what others own.</param>
    public static ReadOnlyMemory<byte> Merge(JsonElement live, JsonElement stated, MergeSchema schema, FieldSet before, FieldSet wanted)
    {
        var output = new ArrayBufferWriter<byte>(4096);
        using (var writer = new Utf8JsonWriter(output))
            WriteFields(live, stated, schema, before, wanted, isRoot: true, keys: [], writer);
        return output.WrittenMemory;
    }

    private static void Write(JsonElement live, JsonElement? stated, MergeSchema schema, FieldSet? before, FieldSet? wanted, IReadOnlyList<ListKey> keys, Utf8JsonWriter writer)
    {
        if (stated is null && before is null)
        {
            live.WriteTo(writer);
            return;
        }

        switch (schema.Form)
        {
            case MergeForm.Record or MergeForm.Map when live.ValueKind == JsonValueKind.Object && stated is null or { ValueKind: JsonValueKind.Object }:
                WriteFields(live, stated, schema, before, wanted, isRoot: false, keys, writer);
                break;
            case MergeForm.ListMap or MergeForm.ListSet
                when ListIdentity.Of(live, schema) is { } elements && (stated is null ? [] : ListIdentity.Of(stated.Value, schema)) is { } others:
                WriteElements(elements, others, schema, before, wanted, writer);
                break;
            default:
                (stated ?? live).WriteTo(writer);
                break;
        }
    }

    private static void WriteFields(
        JsonElement live, JsonElement? stated, MergeSchema schema, FieldSet? before, FieldSet? wanted, bool isRoot, IReadOnlyList<ListKey> keys, Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        foreach (var field in live.EnumerateObject())
        {
            var step = $"f:{field.Name}";
            var (was, still) = (before?.Child(step), wanted?.Child(step));
            JsonElement? next = stated is { } fields && fields.TryGetProperty(field.Name, out var value) ? value : null;
            var isKey = keys.Any(key => key.Name == field.Name);
            // Spec and metadata are everybody's: only parts of them can be given up.
            if (next is null && was is not null && still is null && !isRoot && !isKey && !HoldsUnowned(schema.Field(field.Name)))
                continue;
            writer.WritePropertyName(field.Name);
            Write(field.Value, next, schema.Field(field.Name), isKey ? null : was, still, [], writer);
        }

        if (stated is { } all)
        {
            foreach (var field in all.EnumerateObject().Where(field => !live.TryGetProperty(field.Name, out _)))
                field.WriteTo(writer);
        }

        writer.WriteEndObject();
    }

    /// <remarks>The applier's order rules; what it does not state stays before what it stood before, and before what is new.</remarks>
    private static void WriteElements(
        List<(string Identity, JsonElement Value)> live, List<(string Identity, JsonElement Value)> stated, MergeSchema schema, FieldSet? before, FieldSet? wanted, Utf8JsonWriter writer)
    {
        var names = stated.Select(element => element.Identity).ToHashSet();
        var places = live.Select((element, index) => (element.Identity, Index: index)).ToDictionary(place => place.Identity, place => place.Index);
        var next = 0;
        writer.WriteStartArray();
        foreach (var (identity, value) in stated)
        {
            if (!places.TryGetValue(identity, out var index))
            {
                WriteOthersBefore(live.FindIndex(next, element => names.Contains(element.Identity)) is var shared and >= 0 ? shared : live.Count);
                value.WriteTo(writer);
                continue;
            }

            WriteOthersBefore(index);
            Write(live[index].Value, value, schema.Element, before?.Child(identity), wanted?.Child(identity), schema.Keys, writer);
        }

        WriteOthersBefore(live.Count);
        writer.WriteEndArray();

        void WriteOthersBefore(int end)
        {
            for (; next < end; next++)
            {
                var (identity, value) = live[next];
                var (was, still) = (before?.Child(identity), wanted?.Child(identity));
                if (!names.Contains(identity) && (was is null || still is not null))
                    Write(value, null, schema.Element, was, still, schema.Keys, writer);
            }
        }
    }

    /// <summary>Others may have put in something without owning it: only what was stated goes.</summary>
    private static bool HoldsUnowned(MergeSchema schema) => schema.Form is MergeForm.Map or MergeForm.ListMap or MergeForm.ListSet;
}
