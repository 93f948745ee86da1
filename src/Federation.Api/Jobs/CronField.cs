using System.Globalization;

namespace Federation.Api.Jobs;

/// <summary>One field of a schedule: which values it allows.</summary>
/// <param name="Values">A bit for each allowed value.</param>
/// <param name="IsStar">It is written with a star: any value, perhaps every so many.</param>
internal readonly record struct CronField(ulong Values, bool IsStar)
{
    public bool Allows(int value) => (Values >> value & 1) != 0;

    /// <summary>Reads a list of values, ranges and steps.</summary>
    /// <param name="text">Such as <c>*</c>, <c>*/15</c>, <c>1-5</c>, <c>mon,wed</c> or <c>10-50/10</c>.</param>
    /// <param name="names">Names of the values from <paramref name="first"/> on; empty: there are none.</param>
    /// <param name="error">What is wrong with it.</param>
    public static CronField? Read(string text, int first, int last, string[] names, out string? error)
    {
        var values = 0UL;
        foreach (var part in text.Split(','))
        {
            if (!TryReadPart(part, (first, last), names, out var bits))
            {
                error = $"\"{part}\" is none of: a number from {first} to {last}{(names.Length > 0 ? $" or a name such as {names[0]}" : "")}, *, a range a-b; with /n after * or a range";
                return null;
            }

            values |= bits;
        }

        error = null;
        return new CronField(values, text[0] == '*');
    }

    private static bool TryReadPart(string part, (int First, int Last) bounds, string[] names, out ulong bits)
    {
        bits = 0;
        var slash = part.IndexOf('/', StringComparison.Ordinal);
        var step = 1;
        if (slash >= 0 && (!TryReadNumber(part[(slash + 1)..], out step) || step < 1))
            return false;
        var range = slash < 0 ? part : part[..slash];
        if (!TryReadRange(range, hasStep: slash >= 0, bounds, names, out var first, out var last))
            return false;
        for (var value = first; value <= last; value += step)
            bits |= 1UL << value;
        return true;
    }

    private static bool TryReadRange(string range, bool hasStep, (int First, int Last) bounds, string[] names, out int first, out int last)
    {
        (first, last) = bounds;
        if (range == "*")
            return true;
        var dash = range.IndexOf('-', StringComparison.Ordinal);
        if (!TryReadValue(dash < 0 ? range : range[..dash], bounds, names, out first))
            return false;
        // As in every cron: a value with a step begins a range that goes to the end.
        if (dash < 0)
            last = hasStep ? bounds.Last : first;
        else if (!TryReadValue(range[(dash + 1)..], bounds, names, out last))
            return false;
        return first <= last;
    }

    private static bool TryReadValue(string text, (int First, int Last) bounds, string[] names, out int value)
    {
        var name = Array.FindIndex(names, candidate => string.Equals(candidate, text, StringComparison.OrdinalIgnoreCase));
        value = name + bounds.First;
        return name >= 0 || (TryReadNumber(text, out value) && value >= bounds.First && value <= bounds.Last);
    }

    private static bool TryReadNumber(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number < 1_000;
}
