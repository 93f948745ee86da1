using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Federation.Api.Json;

/// <summary>A port given by number or by name, as in Kubernetes.</summary>
[JsonConverter(typeof(IntOrStringConverter))]
public readonly record struct IntOrString
{
    private IntOrString(int? number, string? text) => (Number, Text) = (number, text);

    public int? Number { get; }
    public string? Text { get; }

    public static implicit operator IntOrString(int number) => new(number, null);
    public static implicit operator IntOrString(string text) => new(null, text);

    public static IntOrString FromInt32(int number) => number;
    public static IntOrString FromString(string text) => text;

    public override string ToString() => Number?.ToString(CultureInfo.InvariantCulture) ?? Text ?? "";
}

internal sealed class IntOrStringConverter : JsonConverter<IntOrString>
{
    public override IntOrString Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.TokenType switch
    {
        JsonTokenType.Number when reader.TryGetInt32(out var number) => number,
        JsonTokenType.String => reader.GetString()!,
        _ => throw new JsonException("must be an integer or a string"),
    };

    public override void Write(Utf8JsonWriter writer, IntOrString value, JsonSerializerOptions options)
    {
        if (value.Number is { } number)
            writer.WriteNumberValue(number);
        else
            writer.WriteStringValue(value.Text);
    }
}
