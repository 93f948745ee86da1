using System.Globalization;
using System.Numerics;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Federation.Api.Quantities;

/// <summary>Kubernetes' quantity: <c>200m</c>, <c>1.5</c>, <c>32Mi</c>, <c>1G</c>. Kept in thousandths, with the text it was written as.</summary>
/// <remarks>Two quantities of the same amount are equal however they were written.</remarks>
[JsonConverter(typeof(QuantityConverter))]
public readonly struct Quantity : IEquatable<Quantity>, IComparable<Quantity>,
    IAdditionOperators<Quantity, Quantity, Quantity>, ISubtractionOperators<Quantity, Quantity, Quantity>
{
    private static readonly (string Suffix, decimal Factor)[] Suffixes =
    [
        ("Ki", 1L << 10), ("Mi", 1L << 20), ("Gi", 1L << 30), ("Ti", 1L << 40), ("Pi", 1L << 50),
        ("m", 0.001m), ("k", 1_000m), ("M", 1_000_000m), ("G", 1_000_000_000m), ("T", 1_000_000_000_000m), ("P", 1_000_000_000_000_000m),
    ];

    private readonly string? _text;

    private Quantity(long milli, string? text) => (Milli, _text) = (milli, text);

    public static IReadOnlyDictionary<string, Quantity> EmptyMap { get; } = new Dictionary<string, Quantity>().AsReadOnly();

    /// <summary>The amount in thousandths of the unit (CPU: millicores).</summary>
    public long Milli { get; }

    /// <summary>The amount in whole units, rounded up (memory: bytes).</summary>
    public long Value => Milli / 1000 + (Milli % 1000 > 0 ? 1 : 0);

    public static Quantity FromMilli(long milli) => new(milli, null);

    public static Quantity FromValue(long value) => new(checked(value * 1000), null);

    public static Quantity Parse(string text) =>
        TryParse(text, out var quantity) ? quantity : throw new FormatException($"'{text}' is not a quantity such as 200m, 1.5 or 32Mi.");

    public static bool TryParse(string? text, out Quantity quantity)
    {
        quantity = default;
        if (string.IsNullOrEmpty(text))
            return false;
        var (number, factor) = (text, 1m);
        foreach (var (suffix, value) in Suffixes)
        {
            if (!text.EndsWith(suffix, StringComparison.Ordinal))
                continue;
            (number, factor) = (text[..^suffix.Length], value);
            break;
        }

        const NumberStyles Styles = NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign | NumberStyles.AllowExponent;
        if (!decimal.TryParse(number, Styles, CultureInfo.InvariantCulture, out var amount) || Math.Abs(amount) > long.MaxValue / 1000 / factor)
            return false;
        quantity = new Quantity((long)Math.Ceiling(amount * factor * 1000), text);
        return true;
    }

    public static Quantity operator +(Quantity left, Quantity right) => FromMilli(left.Milli + right.Milli);

    public static Quantity operator -(Quantity left, Quantity right) => FromMilli(left.Milli - right.Milli);

    public static Quantity operator *(Quantity quantity, int times) => FromMilli(checked(quantity.Milli * times));

    public static bool operator ==(Quantity left, Quantity right) => left.Equals(right);

    public static bool operator !=(Quantity left, Quantity right) => !left.Equals(right);

    public static bool operator <(Quantity left, Quantity right) => left.Milli < right.Milli;

    public static bool operator >(Quantity left, Quantity right) => left.Milli > right.Milli;

    public static bool operator <=(Quantity left, Quantity right) => left.Milli <= right.Milli;

    public static bool operator >=(Quantity left, Quantity right) => left.Milli >= right.Milli;

    public static Quantity Add(Quantity left, Quantity right) => left + right;

    public static Quantity Subtract(Quantity left, Quantity right) => left - right;

    public static Quantity Multiply(Quantity quantity, int times) => quantity * times;

    public int CompareTo(Quantity other) => Milli.CompareTo(other.Milli);

    public bool Equals(Quantity other) => Milli == other.Milli;

    public override bool Equals(object? obj) => obj is Quantity other && Equals(other);

    public override int GetHashCode() => Milli.GetHashCode();

    public override string ToString() => _text ?? Canonical();

    private string Canonical()
    {
        if (Milli % 1000 != 0)
            return $"{Milli}m";
        var value = Milli / 1000;
        foreach (var (suffix, factor) in ((string, long)[])[("Ti", 1L << 40), ("Gi", 1L << 30), ("Mi", 1L << 20), ("Ki", 1L << 10)])
        {
            if (value != 0 && value % factor == 0)
                return $"{value / factor}{suffix}";
        }

        return value.ToString(CultureInfo.InvariantCulture);
    }
}

internal sealed class QuantityConverter : JsonConverter<Quantity>
{
    public override Quantity Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var text = reader.TokenType switch
        {
            JsonTokenType.String => reader.GetString(),
            JsonTokenType.Number => System.Text.Encoding.UTF8.GetString(reader.ValueSpan),
            _ => null,
        };
        return Quantity.TryParse(text, out var quantity) ? quantity : throw new JsonException("must be a quantity such as 200m, 1.5 or 32Mi");
    }

    public override void Write(Utf8JsonWriter writer, Quantity value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}
