using Federation.Api.Apps;

namespace Federation.Domain.DnsRecords;

/// <summary>How long resolvers may hold what names of an object said.</summary>
/// <remarks>A TTL that is made shorter does not shorten the answers that were given out before; each change of the spec meanwhile counts as one of the TTL.</remarks>
public static class NameTtl
{
    public static int Of(PlacedResource placed) => DnsNames.SpecOf(placed).Ttl ?? DnsPlanner.DefaultTtl;

    /// <summary>The longest that may be held, seconds.</summary>
    public static int LongestOf(PlacedResource placed)
    {
        ArgumentNullException.ThrowIfNull(placed);
        return Math.Max(Of(placed), placed.LongestTtl?.Seconds ?? 0);
    }

    /// <summary>For how long an answer may be held that is given out until now.</summary>
    internal static TimeSpan HeldFor(PlacedResource placed, DateTimeOffset now)
    {
        var current = TimeSpan.FromSeconds(Of(placed));
        return Next(placed, now)?.Until - now is { } rest && rest > current ? rest : current;
    }

    /// <summary>What the status says of it after a plan.</summary>
    internal static HandedOutTtl? Next(PlacedResource placed, DateTimeOffset now)
    {
        var (current, before) = (Of(placed), placed.LongestTtl);
        var isFirst = placed.ObservedGeneration == 0;
        var longest = before?.Seconds ?? DnsPlanner.DefaultTtl;
        if (isFirst || current >= longest)
            return Status(current);
        if (placed.Metadata.Generation != placed.ObservedGeneration || before is not { Until: { } until })
            return new HandedOutTtl { Seconds = longest, Until = now + TimeSpan.FromSeconds(longest) };
        return until <= now ? Status(current) : before;
    }

    private static HandedOutTtl? Status(int seconds) => seconds == DnsPlanner.DefaultTtl ? null : new HandedOutTtl { Seconds = seconds };
}
