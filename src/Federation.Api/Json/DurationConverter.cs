using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Federation.Api.Json;

/// <summary>Durations as text: <c>10s</c>, <c>1m30s</c>, <c>500ms</c>, <c>2h</c>.</summary>
public sealed class DurationConverter : JsonConverter<TimeSpan>
{
    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789.");

    private static readonly (string Unit, double Ticks)[] Units =
    [
        ("ms", TimeSpan.TicksPerMillisecond), ("h", TimeSpan.TicksPerHour), ("m", TimeSpan.TicksPerMinute), ("s", TimeSpan.TicksPerSecond),
    ];

    public static bool TryParse(ReadOnlySpan<char> text, out TimeSpan duration)
    {
        duration = TimeSpan.Zero;
        if (text.IsEmpty)
            return false;
        double ticks = 0;
        while (!text.IsEmpty)
        {
            var digits = text.IndexOfAnyExcept(Digits);
            if (digits <= 0 || !double.TryParse(text[..digits], out var amount))
                return false;
            text = text[digits..];
            var (unit, size) = UnitOf(text);
            if (unit is null)
                return false;
            ticks += amount * size;
            text = text[unit.Length..];
        }

        if (ticks > TimeSpan.MaxValue.Ticks / 2d)
            return false;
        duration = TimeSpan.FromTicks((long)ticks);
        return true;
    }

    public static string Format(TimeSpan duration)
    {
        if (duration == TimeSpan.Zero)
            return "0s";
        var hours = (long)duration.TotalHours;
        var text = (hours > 0 ? $"{hours}h" : "") + (duration.Minutes > 0 ? $"{duration.Minutes}m" : "") + (duration.Seconds > 0 ? $"{duration.Seconds}s" : "");
        return duration.Milliseconds > 0 ? $"{text}{duration.Milliseconds}ms" : text;
    }

    public override TimeSpan Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && TryParse(reader.GetString(), out var duration)
            ? duration
            : throw new JsonException("must be a duration such as 10s, 1m30s or 500ms");

    public override void Write(Utf8JsonWriter writer, TimeSpan value, JsonSerializerOptions options) => writer.WriteStringValue(Format(value));

    private static (string? Unit, double Ticks) UnitOf(ReadOnlySpan<char> text)
    {
        foreach (var (unit, ticks) in Units)
        {
            if (text.StartsWith(unit))
                return (unit, ticks);
        }

        return (null, 0);
    }
}
