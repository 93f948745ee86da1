using System.Collections.Concurrent;

namespace Federation.Dns.Places;

/// <summary>Gives each region's name a number, for good: queries compare numbers. Safe for concurrent use.</summary>
internal sealed class RegionNumbers
{
    private readonly ConcurrentDictionary<string, int> _numbers = new(StringComparer.Ordinal);
    private int _next = -1;

    /// <summary>From 0 up. Two askers at once may leave a number unused.</summary>
    public int Of(string region) => _numbers.GetOrAdd(region, _ => Interlocked.Increment(ref _next));

    public string? NameOf(int number) => _numbers.FirstOrDefault(known => known.Value == number).Key;
}
