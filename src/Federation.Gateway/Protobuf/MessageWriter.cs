using System.Text;
using System.Text.Json;

namespace Federation.Gateway.Protobuf;

/// <summary>Writes protobuf messages as JSON, by their shapes.</summary>
/// <remarks>Fields may come in any order and lists in pieces, so the fields of a message are first sorted by what they belong to; nothing is copied for that.</remarks>
internal readonly ref struct MessageWriter(ReadOnlySpan<byte> input, Utf8JsonWriter json)
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private static readonly FieldShape MapKey = new(1, "key", FieldForm.Text);

    private readonly ReadOnlySpan<byte> _input = input;

    /// <exception cref="WireFormatException">The text is no UTF-8.</exception>
    public static string TextOf(ReadOnlySpan<byte> utf8)
    {
        try
        {
            return StrictUtf8.GetString(utf8);
        }
        catch (DecoderFallbackException)
        {
            throw new WireFormatException("a text is not valid UTF-8");
        }
    }

    /// <summary>The fields of a message, without the braces around them.</summary>
    public void WriteFields(Range message, MessageShape shape)
    {
        var found = new List<WireField>?[shape.Fields.Count];
        var reader = new WireReader(_input, message);
        while (reader.TryRead(out var field))
        {
            if (shape.PlaceOf(field.Number) is var place and >= 0)
                (found[place] ??= []).Add(field);
        }

        for (var place = 0; place < found.Length; place++)
        {
            if (found[place] is { } values)
                WriteField(shape.Fields[place], values);
        }
    }

    private void WriteField(FieldShape shape, List<WireField> values)
    {
        if (shape.IsMap)
        {
            json.WriteStartObject(shape.Name);
            foreach (var entry in values)
                WriteEntry(shape, entry);
            json.WriteEndObject();
        }
        else if (shape.IsList)
        {
            json.WriteStartArray(shape.Name);
            foreach (var element in values)
                WriteValue(shape, element);
            json.WriteEndArray();
        }
        else if (!IsAbsent(shape, values[^1]))
        {
            // The last one counts.
            json.WritePropertyName(shape.Name);
            WriteValue(shape, values[^1]);
        }
    }

    /// <summary>Messages have no absent texts and times, only empty ones.</summary>
    private static bool IsAbsent(FieldShape shape, WireField field) => shape.Form switch
    {
        FieldForm.Text or FieldForm.Bytes or FieldForm.Time or FieldForm.Json => field.Type == WireType.Bytes && field.Bytes.Start.Value == field.Bytes.End.Value,
        FieldForm.Count => field is { Type: WireType.Varint, Value: 0 },
        _ => false,
    };

    private void WriteEntry(FieldShape shape, WireField entry)
    {
        var (key, value) = ("", default(WireField?));
        var reader = new WireReader(_input, Content(entry, shape));
        while (reader.TryRead(out var field))
        {
            if (field.Number == 1)
                key = TextOf(_input[Content(field, MapKey)]);
            else if (field.Number == 2)
                value = field;
        }

        json.WritePropertyName(key);
        if (value is { } written)
            WriteValue(shape, written);
        else
            json.WriteStringValue("");
    }

    private void WriteValue(FieldShape shape, WireField field)
    {
        switch (shape.Form)
        {
            case FieldForm.Text:
                json.WriteStringValue(TextOf(_input[Content(field, shape)]));
                break;
            case FieldForm.Bytes:
                json.WriteBase64StringValue(_input[Content(field, shape)]);
                break;
            case FieldForm.Number or FieldForm.Count:
                json.WriteNumberValue((long)Number(field, shape));
                break;
            case FieldForm.Bool:
                json.WriteBooleanValue(Number(field, shape) != 0);
                break;
            case FieldForm.Time:
                WriteTime(Content(field, shape), shape);
                break;
            case FieldForm.Json:
                WriteJson(Content(field, shape), shape);
                break;
            default:
                json.WriteStartObject();
                WriteFields(Content(field, shape), shape.Message!);
                json.WriteEndObject();
                break;
        }
    }

    private void WriteTime(Range message, FieldShape shape)
    {
        var (seconds, nanoseconds) = (0L, 0L);
        var reader = new WireReader(_input, message);
        while (reader.TryRead(out var field))
        {
            if (field is { Number: 1, Type: WireType.Varint })
                seconds = (long)field.Value;
            else if (field is { Number: 2, Type: WireType.Varint })
                nanoseconds = (long)field.Value;
        }

        if (seconds < DateTimeOffset.MinValue.ToUnixTimeSeconds() || seconds > DateTimeOffset.MaxValue.ToUnixTimeSeconds() || nanoseconds is < 0 or > 999_999_999)
            throw new WireFormatException($"{shape.Name} is not a time");
        var time = DateTimeOffset.FromUnixTimeSeconds(seconds).AddTicks(nanoseconds / 100);
        json.WriteStringValue(time.ToString(nanoseconds == 0 ? "yyyy-MM-dd'T'HH:mm:ss'Z'" : "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'"));
    }

    /// <summary>A message whose one field is a JSON text.</summary>
    private void WriteJson(Range message, FieldShape shape)
    {
        Range text = message.End..message.End;
        var reader = new WireReader(_input, message);
        while (reader.TryRead(out var field))
        {
            if (field is { Number: 1, Type: WireType.Bytes })
                text = field.Bytes;
        }

        try
        {
            using var document = JsonDocument.Parse(_input[text].ToArray());
            document.RootElement.WriteTo(json);
        }
        catch (Exception wrong) when (wrong is JsonException or InvalidOperationException)
        {
            throw new WireFormatException($"{shape.Name} is not valid JSON");
        }
    }

    private static Range Content(WireField field, FieldShape shape) =>
        field.Type == WireType.Bytes ? field.Bytes : throw new WireFormatException($"{shape.Name} is of the wrong form");

    private static ulong Number(WireField field, FieldShape shape) =>
        field.Type == WireType.Varint ? field.Value : throw new WireFormatException($"{shape.Name} is of the wrong form");
}
