using Federation.Api.Jobs;
using Xunit.Abstractions;

namespace Federation.Api.Tests.Jobs;

public sealed class CronScheduleTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("0 * * * *", "2030-01-01T10:30", "2030-01-01T11:00")]
    [InlineData("*/15 * * * *", "2030-01-01T10:30", "2030-01-01T10:45")]
    [InlineData("5/20 * * * *", "2030-01-01T10:30", "2030-01-01T10:45")]
    [InlineData("10-50/20 8-9 * * *", "2030-01-01T09:50", "2030-01-02T08:10")]
    [InlineData("0 2 * * mon-fri", "2030-01-04T03:00", "2030-01-07T02:00")]
    [InlineData("0 2 * * SUN", "2030-01-01T00:00", "2030-01-06T02:00")]
    [InlineData("0 2 * * 7", "2030-01-01T00:00", "2030-01-06T02:00")]
    [InlineData("0 0 13 * fri", "2030-01-05T00:00", "2030-01-11T00:00")]
    [InlineData("0 0 31 * *", "2030-01-31T00:00", "2030-03-31T00:00")]
    [InlineData("0 0 29 feb *", "2030-01-01T00:00", "2032-02-29T00:00")]
    [InlineData("0 0 29 2 *", "2097-01-01T00:00", "2104-02-29T00:00")]
    [InlineData("0 0 */2 * 1", "2030-01-01T00:00", "2030-01-07T00:00")]
    [InlineData("1,3,5 0 1 jan,jul *", "2030-01-01T00:03", "2030-01-01T00:05")]
    [InlineData("@hourly", "2030-01-01T10:30", "2030-01-01T11:00")]
    [InlineData("@Daily", "2030-01-01T10:30", "2030-01-02T00:00")]
    [InlineData("@weekly", "2030-01-01T10:30", "2030-01-06T00:00")]
    [InlineData("@monthly", "2030-01-01T10:30", "2030-02-01T00:00")]
    [InlineData("@yearly", "2030-01-01T10:30", "2031-01-01T00:00")]
    [InlineData("0 0 30 2 *", "2030-01-01T00:00", null)]
    public void Next_InUtc_IsTheFirstTimeThatMatches(string text, string after, string? next) =>
        Parse(text).Next(Utc(after), TimeZoneInfo.Utc).ShouldBe(next is null ? null : Utc(next));

    [Theory]
    [InlineData("", "five fields")]
    [InlineData("* * * *", "not 4")]
    [InlineData("* * * * * *", "not 6")]
    [InlineData("60 * * * *", "minute")]
    [InlineData("* 24 * * *", "hour")]
    [InlineData("* * 0 * *", "day of month")]
    [InlineData("* * * 13 *", "month")]
    [InlineData("* * * * 8", "day of week")]
    [InlineData("* * * * fry", "\"fry\"")]
    [InlineData("5-1 * * * *", "minute")]
    [InlineData("*/0 * * * *", "minute")]
    [InlineData("1,,2 * * * *", "minute")]
    [InlineData("-1 * * * *", "minute")]
    [InlineData("1-2-3 * * * *", "minute")]
    [InlineData("* * * jan-feb-mar *", "month")]
    [InlineData("@sometimes", "@hourly")]
    [InlineData("TZ=UTC 0 * * * *", "not 6")]
    public void TryParse_Wrong_SaysWhichPart(string text, string part)
    {
        CronSchedule.TryParse(text, out var schedule, out var error).ShouldBeFalse();
        schedule.ShouldBeNull();
        error.ShouldContain(part);
    }

    [Theory]
    // 31 March 2030, Berlin: 02:00 becomes 03:00. 27 October: 03:00 becomes 02:00.
    [InlineData("30 2 * * *", "2030-03-30T12:00", "2030-03-31T01:00 2030-04-01T00:30")]
    [InlineData("30 2 * * *", "2030-10-26T12:00", "2030-10-27T00:30 2030-10-28T01:30")]
    [InlineData("30 * * * *", "2030-03-31T00:00", "2030-03-31T00:30 2030-03-31T01:30")]
    [InlineData("30 * * * *", "2030-10-27T00:00", "2030-10-27T00:30 2030-10-27T01:30 2030-10-27T02:30")]
    [InlineData("*/30 2 * * *", "2030-03-30T12:00", "2030-04-01T00:00 2030-04-01T00:30")]
    [InlineData("0 3 * * *", "2030-03-30T12:00", "2030-03-31T01:00 2030-04-01T01:00")]
    public void Next_WhereTheClockIsChanged_RunsOnceADayOrEveryInterval(string text, string after, string times)
    {
        var (schedule, zone, time) = (Parse(text), TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin"), Utc(after));
        foreach (var expected in times.Split(' '))
        {
            time = schedule.Next(time, zone).ShouldNotBeNull();
            time.ShouldBe(Utc(expected));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void NextAndPrevious_AnySchedule_AreThoseThatTryingEveryMinuteFinds(int seed)
    {
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        string[] zones = ["Etc/UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "America/Sao_Paulo"];
        for (var i = 0; i < 150; i++)
        {
            // Stars in minute and hour: then no rule about changed clocks is needed to say which minutes match.
            var text = $"{Field(random, 0, 59, star: true)} {Field(random, 0, 23, star: true)} {Field(random, 1, 31, star: random.Next(2) == 0)} {Field(random, 1, 12, star: true)} {Field(random, 0, 7, star: random.Next(2) == 0)}";
            var zone = TimeZoneInfo.FindSystemTimeZoneById(zones[random.Next(zones.Length)]);
            var from = Utc("2030-01-01T00:00").AddMinutes(random.Next(525_600));
            var schedule = Parse(text);

            var next = schedule.Next(from, zone);
            var tried = Enumerable.Range(1, 20 * 1440).Select(minute => from.AddMinutes(minute)).FirstOrDefault(time => Matches(text, TimeZoneInfo.ConvertTime(time, zone).DateTime));
            if (tried != default)
            {
                next.ShouldBe(tried, $"{text} in {zone.Id} after {from:O}");
                schedule.Previous(tried, zone).ShouldBe(tried, text);
                schedule.Previous(tried.AddSeconds(59), zone).ShouldBe(tried, text);
            }
            else if (next is not null)
            {
                next.Value.ShouldBeGreaterThan(from.AddMinutes(20 * 1440));
                Matches(text, TimeZoneInfo.ConvertTime(next.Value, zone).DateTime).ShouldBeTrue(text);
            }
        }
    }

    [Theory]
    [InlineData(3)]
    public void NextAndPrevious_WalkTheSameTimes(int seed)
    {
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var zone = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");
        for (var i = 0; i < 60; i++)
        {
            var schedule = Parse($"{Field(random, 0, 59, star: false)} {Field(random, 0, 23, star: false)} {Field(random, 1, 31, star: true)} * *");
            var time = Utc("2030-03-20T00:00");
            for (var step = 0; step < 30; step++)
            {
                var next = schedule.Next(time, zone).ShouldNotBeNull();
                next.ShouldBeGreaterThan(time);
                schedule.Previous(next, zone).ShouldBe(next);
                if (step > 0)
                    schedule.Previous(next.AddTicks(-1), zone).ShouldBe(time);
                time = next;
            }
        }
    }

    private static bool Matches(string text, DateTime wall)
    {
        var fields = text.Split(' ');
        var (ofMonth, ofWeek) = (Allows(fields[2], wall.Day, 31), Allows(fields[4], (int)wall.DayOfWeek, 7) || (wall.DayOfWeek == DayOfWeek.Sunday && Allows(fields[4], 7, 7)));
        var day = fields[2][0] == '*' || fields[4][0] == '*' ? ofMonth && ofWeek : ofMonth || ofWeek;
        return day && wall.Second == 0 && Allows(fields[0], wall.Minute, 59) && Allows(fields[1], wall.Hour, 23) && Allows(fields[3], wall.Month, 12);
    }

    /// <summary>Reads what <see cref="Field"/> writes, in the most simple-minded way.</summary>
    private static bool Allows(string field, int value, int last) => field.Split(',').Any(part =>
    {
        var (range, step) = part.Split('/') is [var left, var right] ? (left, int.Parse(right)) : (part, 1);
        var first = range.StartsWith('*') ? (last is 31 or 12 ? 1 : 0) : int.Parse(range.Split('-')[0]);
        var end = range.StartsWith('*') || (part.Contains('/') && !range.Contains('-')) ? last : int.Parse(range.Split('-')[^1]);
        return value >= first && value <= end && (value - first) % step == 0;
    });

    private static string Field(Random random, int first, int last, bool star)
    {
        if (star)
            return random.Next(2) == 0 ? "*" : $"*/{random.Next(1, last)}";
        return string.Join(',', Enumerable.Range(0, random.Next(1, 3)).Select(_ =>
        {
            var from = random.Next(first, last + 1);
            return random.Next(3) switch
            {
                0 => $"{from}",
                1 => $"{from}-{random.Next(from, last + 1)}",
                _ => $"{from}-{random.Next(from, last + 1)}/{random.Next(1, 6)}",
            };
        }));
    }

    private static CronSchedule Parse(string text)
    {
        CronSchedule.TryParse(text, out var schedule, out var error).ShouldBeTrue(error);
        return schedule!;
    }

    private static DateTimeOffset Utc(string text) => DateTimeOffset.Parse($"{text}:00Z", System.Globalization.CultureInfo.InvariantCulture);
}
