using System.Text.Json;
using Federation.Api.Json;
using Federation.Api.Quantities;

namespace Federation.Api.Decoding;

/// <summary>A check of one scalar. True: it can be read; false: <paramref name="rule"/> says what it must be.</summary>
internal delegate bool LeafCheck(ref Utf8JsonReader reader, string? text, out string rule);

internal sealed record LeafShape(LeafCheck Check, string PlaceholderText) : ValueShape
{
    private readonly byte[] _placeholder = System.Text.Encoding.UTF8.GetBytes(PlaceholderText);

    public static LeafShape Duration { get; } = Text(static text => DurationConverter.TryParse(text, out _), "must be a duration such as 10s, 1m30s or 500ms", "\"0s\"");

    /// <summary>Any JSON value.</summary>
    public static LeafShape Any { get; } = new(static (ref _, _, out rule) => Passes(out rule), "null");

    public override ReadOnlySpan<byte> Placeholder => _placeholder;

    public static ValueShape? For(Type type)
    {
        if (type == typeof(string))
            return new LeafShape(CheckString, "\"\"");
        if (type == typeof(int))
            return new LeafShape(static (ref reader, _, out rule) => CheckInteger(ref reader, int.MinValue, int.MaxValue, out rule), "0");
        if (type == typeof(long))
            return new LeafShape(static (ref reader, _, out rule) => CheckInteger(ref reader, long.MinValue, long.MaxValue, out rule), "0");
        if (type == typeof(double))
            return new LeafShape(static (ref reader, _, out rule) => CheckType(reader.TokenType == JsonTokenType.Number, "must be a number", out rule), "0");
        if (type == typeof(bool))
            return new LeafShape(static (ref reader, _, out rule) => CheckType(reader.TokenType is JsonTokenType.True or JsonTokenType.False, "must be true or false", out rule), "false");
        if (type == typeof(DateTimeOffset))
            return new LeafShape(static (ref reader, text, out rule) => CheckType(text is not null && reader.TryGetDateTimeOffset(out _), "must be a time such as 2030-01-31T12:00:00Z", out rule), "\"0001-01-01T00:00:00Z\"");
        if (type == typeof(TimeSpan))
            return Duration;
        if (type == typeof(Quantity))
            return new LeafShape(CheckQuantity, "\"0\"");
        if (type == typeof(IntOrString))
            return new LeafShape(static (ref reader, text, out rule) => CheckType(text is not null || (reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out _)), "must be an integer or a string", out rule), "0");
        if (type == typeof(JsonElement))
            return Any;
        return type.IsEnum ? EnumShape.For(type) : null;
    }

    private static LeafShape Text(Func<string, bool> isValid, string rule, string placeholder) =>
        new((ref _, text, out message) => CheckType(text is not null && isValid(text), rule, out message), placeholder);

    private static bool CheckString(ref Utf8JsonReader reader, string? text, out string rule) => CheckType(
        text is not null,
        reader.TokenType is JsonTokenType.Number or JsonTokenType.True or JsonTokenType.False ? "must be a string: put it in quotes" : "must be a string",
        out rule);

    private static bool CheckInteger(ref Utf8JsonReader reader, long least, long most, out string rule)
    {
        if (reader.TokenType == JsonTokenType.String)
            return CheckType(passes: false, "must be an integer, not a string", out rule);
        if (reader.TokenType != JsonTokenType.Number)
            return CheckType(passes: false, "must be an integer", out rule);
        if (reader.TryGetInt64(out var number))
            return CheckType(number >= least && number <= most, $"must be an integer between {least} and {most}", out rule);
        return CheckType(passes: false, reader.ValueSpan.IndexOfAny((byte)'.', (byte)'e', (byte)'E') >= 0 ? "must be an integer" : $"must be an integer between {least} and {most}", out rule);
    }

    private static bool CheckQuantity(ref Utf8JsonReader reader, string? text, out string rule)
    {
        var written = reader.TokenType == JsonTokenType.Number ? System.Text.Encoding.UTF8.GetString(reader.ValueSpan) : text;
        return CheckType(Quantity.TryParse(written, out _), "must be a quantity such as 200m, 1.5 or 32Mi", out rule);
    }

    private static bool CheckType(bool passes, string message, out string rule)
    {
        rule = passes ? "" : message;
        return passes;
    }

    private static bool Passes(out string rule) => CheckType(passes: true, "", out rule);
}

/// <summary>A text out of a fixed set. The names are those that the type's converter writes.</summary>
internal sealed record EnumShape(IReadOnlyList<string> Values) : ValueShape
{
    private readonly byte[] _placeholder = JsonSerializer.SerializeToUtf8Bytes(Values[0], ApiJson.TypeInfo<string>());

    public override ReadOnlySpan<byte> Placeholder => _placeholder;

    public static ValueShape For(Type type)
    {
        var info = ApiJson.Options.GetTypeInfo(type);
        return new EnumShape([.. Enum.GetValuesAsUnderlyingType(type).Cast<object>()
            .Select(value => JsonSerializer.SerializeToElement(Enum.ToObject(type, value), info).GetString()!)]);
    }
}
