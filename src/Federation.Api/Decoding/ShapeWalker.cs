using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using Federation.Api.Validation;

namespace Federation.Api.Decoding;

/// <summary>Copies from a reader to a writer what fits the shape, and reports what does not.</summary>
internal sealed class ShapeWalker(KindDefinition definition, Utf8JsonWriter writer, FieldErrors errors)
{
    public void CopyRoot(ref Utf8JsonReader reader) => CopyObject(ref reader, (ObjectShape)ValueShape.Of(definition.ResourceType), FieldPath.Root);

    private void CopyValue(ref Utf8JsonReader reader, ValueShape shape, FieldPath path)
    {
        switch (shape)
        {
            case ObjectShape fields when Expect(ref reader, JsonTokenType.StartObject, "must be an object", shape, path):
                CopyObject(ref reader, fields, path);
                break;
            case MapShape map when Expect(ref reader, JsonTokenType.StartObject, "must be a map", shape, path):
                CopyMap(ref reader, map, path);
                break;
            case ListShape list when Expect(ref reader, JsonTokenType.StartArray, "must be a list", shape, path):
                CopyList(ref reader, list, path);
                break;
            case LeafShape leaf when ReferenceEquals(leaf, LeafShape.Any):
                CopyAny(ref reader, path);
                break;
            case LeafShape leaf:
                CopyLeaf(ref reader, leaf, path);
                break;
            case EnumShape choice:
                CopyChoice(ref reader, choice, path);
                break;
        }
    }

    private void CopyObject(ref Utf8JsonReader reader, ObjectShape shape, FieldPath path)
    {
        var seen = new HashSet<string>();
        writer.WriteStartObject();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (!TryReadName(ref reader, path, out var name))
                continue;
            var at = path.Child(name);
            var property = shape.Find(name);
            var isRepeated = !seen.Add(name);
            reader.Read();
            if (property is null || isRepeated)
            {
                if (property is null && !isRepeated)
                    errors.UnknownField(at, Suggestion.Find(name, shape.Names));
                else
                    errors.DuplicateField(at);
                reader.Skip();
            }
            else if (property.IsFixed)
            {
                Compare(ref reader, name, at);
            }
            else if (reader.TokenType != JsonTokenType.Null)
            {
                writer.WritePropertyName(name);
                CopyValue(ref reader, property.Shape, at);
            }
            else if (!property.TakesNull)
            {
                errors.TypeInvalid(at, "null", "must not be null");
            }
        }

        writer.WriteEndObject();
    }

    private void CopyMap(ref Utf8JsonReader reader, MapShape shape, FieldPath path)
    {
        var seen = new HashSet<string>();
        writer.WriteStartObject();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (!TryReadName(ref reader, path, out var name))
                continue;
            reader.Read();
            if (seen.Add(name))
            {
                writer.WritePropertyName(name);
                CopyValue(ref reader, shape.Element, path.Key(name));
            }
            else
            {
                errors.DuplicateField(path.Key(name));
                reader.Skip();
            }
        }

        writer.WriteEndObject();
    }

    private void CopyList(ref Utf8JsonReader reader, ListShape shape, FieldPath path)
    {
        writer.WriteStartArray();
        for (var index = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; index++)
            CopyValue(ref reader, shape.Element, path.Index(index));
        writer.WriteEndArray();
    }

    private void CopyLeaf(ref Utf8JsonReader reader, LeafShape shape, FieldPath path)
    {
        string? text = null;
        if (reader.TokenType == JsonTokenType.String && !TryReadText(ref reader, path, out text))
        {
            writer.WriteRawValue(shape.Placeholder, skipInputValidation: true);
            return;
        }

        if (shape.Check(ref reader, text, out var rule))
        {
            CopyScalar(ref reader, text);
            return;
        }

        errors.TypeInvalid(path, Shown(ref reader, text), rule);
        Replace(ref reader, shape);
    }

    private void CopyChoice(ref Utf8JsonReader reader, EnumShape shape, FieldPath path)
    {
        if (reader.TokenType != JsonTokenType.String)
        {
            errors.TypeInvalid(path, Shown(ref reader, null), $"must be one of {string.Join(", ", shape.Values)}");
            Replace(ref reader, shape);
        }
        else if (TryReadText(ref reader, path, out var text) && shape.Values.Contains(text))
        {
            writer.WriteStringValue(text);
        }
        else
        {
            if (text is not null)
                errors.NotSupported(path, text, shape.Values);
            Replace(ref reader, shape);
        }
    }

    /// <summary>Copies a value whose inside is nobody's business.</summary>
    private void CopyAny(ref Utf8JsonReader reader, FieldPath path)
    {
        var value = JsonElement.ParseValue(ref reader);
        try
        {
            value.WriteTo(writer);
        }
        catch (InvalidOperationException)
        {
            errors.TypeInvalid(path, "…", "must be valid Unicode text");
        }
    }

    private void CopyScalar(ref Utf8JsonReader reader, string? text)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.String:
                writer.WriteStringValue(text);
                break;
            case JsonTokenType.Number:
                writer.WriteRawValue(reader.ValueSpan, skipInputValidation: true);
                break;
            default:
                writer.WriteBooleanValue(reader.TokenType == JsonTokenType.True);
                break;
        }
    }

    private bool Expect(ref Utf8JsonReader reader, JsonTokenType token, string rule, ValueShape shape, FieldPath path)
    {
        if (reader.TokenType == token)
            return true;
        string? text = null;
        if (reader.TokenType == JsonTokenType.String && !TryReadText(ref reader, path, out text))
        {
            writer.WriteRawValue(shape.Placeholder, skipInputValidation: true);
            return false;
        }

        errors.TypeInvalid(path, Shown(ref reader, text), rule);
        Replace(ref reader, shape);
        return false;
    }

    private void Compare(ref Utf8JsonReader reader, string name, FieldPath path)
    {
        var expected = name == "kind" ? definition.Kind : definition.ApiVersion;
        if (reader.TokenType == JsonTokenType.String)
        {
            if (TryReadText(ref reader, path, out var text) && text != expected)
                errors.NotSupported(path, text, [expected]);
        }
        else if (reader.TokenType != JsonTokenType.Null)
        {
            errors.TypeInvalid(path, Shown(ref reader, null), $"must be {expected}");
            reader.Skip();
        }
    }

    private void Replace(ref Utf8JsonReader reader, ValueShape shape)
    {
        reader.Skip();
        writer.WriteRawValue(shape.Placeholder, skipInputValidation: true);
    }

    /// <summary>False: the name is not text at all (half a surrogate pair); the reader then stands on the skipped value.</summary>
    private bool TryReadName(ref Utf8JsonReader reader, FieldPath path, [NotNullWhen(true)] out string? name)
    {
        if (TryReadText(ref reader, path, out name))
            return true;
        reader.Read();
        reader.Skip();
        return false;
    }

    private bool TryReadText(ref Utf8JsonReader reader, FieldPath path, [NotNullWhen(true)] out string? text)
    {
        try
        {
            text = reader.GetString()!;
            return true;
        }
        catch (InvalidOperationException)
        {
            errors.TypeInvalid(path, "…", "must be valid Unicode text");
            text = null;
            return false;
        }
    }

    private static string Shown(ref Utf8JsonReader reader, string? text) => reader.TokenType switch
    {
        JsonTokenType.StartObject => "object",
        JsonTokenType.StartArray => "list",
        JsonTokenType.String => $"\"{text}\"",
        _ => Encoding.UTF8.GetString(reader.ValueSpan),
    };
}
