namespace Federation.Gateway.Tables;

/// <summary>Durations as kubectl prints ages: the two most telling units, or one where the second says little.</summary>
internal static class HumanDuration
{
    public static string Format(TimeSpan duration)
    {
        var seconds = (long)duration.TotalSeconds;
        if (seconds < 0)
            return "0s";
        var (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
        return minutes switch
        {
            < 2 => $"{seconds}s",
            < 10 => With(minutes, "m", seconds % 60, "s"),
            < 180 => $"{minutes}m",
            < 480 => With(hours, "h", minutes % 60, "m"),
            < 48 * 60 => $"{hours}h",
            < 8 * 1440 => With(days, "d", hours % 24, "h"),
            < 2 * 365 * 1440 => $"{days}d",
            < 8 * 365 * 1440 => With(days / 365, "y", days % 365, "d"),
            _ => $"{days / 365}y",
        };
    }

    private static string With(long major, string majorUnit, long minor, string minorUnit) => minor == 0 ? $"{major}{majorUnit}" : $"{major}{majorUnit}{minor}{minorUnit}";
}
