using System.Diagnostics.CodeAnalysis;

namespace Federation.Api.Jobs;

/// <summary>A schedule of five fields: minute, hour, day of month, month, day of week. Pure.</summary>
/// <remarks>
/// Days match when both day fields do; when neither is written with a star, one of them is enough. Where the clock is changed:
/// <code>
/// schedule                              a time that is left out            a time that comes twice
/// minute and hour without a star        runs as soon as it is past         runs once, the first time
/// minute or hour with a star            does not run                       runs both times
/// </code>
/// So what runs once a day runs once on each day, and what runs every half hour does so without a gap or a crowd.
/// </remarks>
public sealed class CronSchedule
{
    /// <summary>29 February can be as far away as eight years (1896 to 1904, 2096 to 2104).</summary>
    private const int MostDays = (8 * 366) + 2;

    private static readonly string[] Months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    private static readonly string[] Days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

    private readonly CronField _minute;
    private readonly CronField _hour;
    private readonly CronField _dayOfMonth;
    private readonly CronField _month;
    private readonly CronField _dayOfWeek;

    private CronSchedule(CronField minute, CronField hour, CronField dayOfMonth, CronField month, CronField dayOfWeek)
    {
        (_minute, _hour, _dayOfMonth, _month) = (minute, hour, dayOfMonth, month);
        // Sunday is 0, and 7.
        _dayOfWeek = dayOfWeek with { Values = (dayOfWeek.Values | dayOfWeek.Values >> 7) & 0x7F };
    }

    private bool IsInterval => _minute.IsStar || _hour.IsStar;

    /// <param name="error">What is wrong with it, for people; null when it is read.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out CronSchedule? schedule, [NotNullWhen(false)] out string? error)
    {
        schedule = null;
        var expanded = Expand(text.Trim());
        if (expanded is null)
        {
            error = "must be one of @hourly, @daily, @midnight, @weekly, @monthly, @yearly and @annually, or five fields";
            return false;
        }

        var fields = expanded.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length != 5)
        {
            error = $"must have five fields (minute, hour, day of month, month, day of week), not {fields.Length}";
            return false;
        }

        if (Read("minute", fields[0], 0, 59, [], out error) is not { } minute
            || Read("hour", fields[1], 0, 23, [], out error) is not { } hour
            || Read("day of month", fields[2], 1, 31, [], out error) is not { } dayOfMonth
            || Read("month", fields[3], 1, 12, Months, out error) is not { } month
            || Read("day of week", fields[4], 0, 7, Days, out error) is not { } dayOfWeek)
        {
            error ??= "";
            return false;
        }

        error = null;
        schedule = new CronSchedule(minute, hour, dayOfMonth, month, dayOfWeek);
        return true;
    }

    /// <summary>The first time after a moment; null: there is none, such as on 30 February.</summary>
    public DateTimeOffset? Next(DateTimeOffset after, TimeZoneInfo zone)
    {
        var day = DayOf(after, zone).AddDays(-1);
        for (var i = 0; i <= MostDays && day < DateOnly.MaxValue; i++, day = day.AddDays(1))
        {
            DateTimeOffset? next = null;
            foreach (var time in TimesOn(day, zone))
            {
                if (time > after && (next is null || time < next))
                    next = time;
            }

            if (next is not null)
                return next;
        }

        return null;
    }

    /// <summary>The last time at or before a moment; null: there is none.</summary>
    public DateTimeOffset? Previous(DateTimeOffset until, TimeZoneInfo zone)
    {
        var day = DayOf(until, zone).AddDays(1);
        for (var i = 0; i <= MostDays && day > DateOnly.MinValue; i++, day = day.AddDays(-1))
        {
            DateTimeOffset? previous = null;
            foreach (var time in TimesOn(day, zone))
            {
                if (time <= until && (previous is null || time > previous))
                    previous = time;
            }

            if (previous is not null)
                return previous;
        }

        return null;
    }

    private static DateOnly DayOf(DateTimeOffset time, TimeZoneInfo zone) => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(time, zone).DateTime);

    private IEnumerable<DateTimeOffset> TimesOn(DateOnly day, TimeZoneInfo zone)
    {
        if (!Matches(day))
            yield break;
        for (var hour = 0; hour < 24; hour++)
        {
            if (!_hour.Allows(hour))
                continue;
            for (var minute = 0; minute < 60; minute++)
            {
                if (!_minute.Allows(minute))
                    continue;
                var wall = day.ToDateTime(new TimeOnly(hour, minute));
                if (zone.IsInvalidTime(wall))
                {
                    if (!IsInterval)
                        yield return EndOfGap(wall, zone);
                }
                else if (!zone.IsAmbiguousTime(wall))
                {
                    yield return At(wall, zone.GetUtcOffset(wall));
                }
                else
                {
                    var offsets = zone.GetAmbiguousTimeOffsets(wall);
                    yield return At(wall, offsets.Max());
                    if (IsInterval)
                        yield return At(wall, offsets.Min());
                }
            }
        }
    }

    private bool Matches(DateOnly day)
    {
        if (!_month.Allows(day.Month))
            return false;
        var (ofMonth, ofWeek) = (_dayOfMonth.Allows(day.Day), _dayOfWeek.Allows((int)day.DayOfWeek));
        return _dayOfMonth.IsStar || _dayOfWeek.IsStar ? ofMonth && ofWeek : ofMonth || ofWeek;
    }

    /// <summary>The moment when the clock was put forward over a time.</summary>
    private static DateTimeOffset EndOfGap(DateTime wall, TimeZoneInfo zone)
    {
        while (zone.IsInvalidTime(wall))
            wall = wall.AddMinutes(1);
        return At(wall, zone.GetUtcOffset(wall));
    }

    private static DateTimeOffset At(DateTime wall, TimeSpan offset) => new DateTimeOffset(wall, offset).ToUniversalTime();

    private static CronField? Read(string name, string text, int first, int last, string[] names, out string? error)
    {
        var field = CronField.Read(text, first, last, names, out var problem);
        error = problem is null ? null : $"{name}: {problem}";
        return field;
    }

    /// <summary>Null: a word that is none.</summary>
    private static string? Expand(string text) => !text.StartsWith('@') ? text : text.ToLowerInvariant() switch
    {
        "@hourly" => "0 * * * *",
        "@daily" or "@midnight" => "0 0 * * *",
        "@weekly" => "0 0 * * 0",
        "@monthly" => "0 0 1 * *",
        "@yearly" or "@annually" => "0 0 1 1 *",
        _ => null,
    };
}
