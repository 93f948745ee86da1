using Federation.Api.Agents;

namespace MemberCluster.Agent.Latency;

/// <summary>Smooths what was measured, and says something new only when it is news.</summary>
/// <remarks>
/// An average that follows a quarter of each difference; what is told moves when that leaves it by a fifth and by 2 ms, so that a value that wavers about a mark neither costs
/// writes nor turns answers over. A region that does not answer three times in a row is not known any more. Used by one thread.
/// </remarks>
internal sealed class RegionMeter
{
    public const int MissesUntilUnknown = 3;

    private const double Follow = 0.25;
    private const double NewsShare = 0.2;
    private const double NewsMilliseconds = 2;

    private readonly SortedDictionary<string, Track> _regions = new(StringComparer.Ordinal);

    /// <summary>What is told, by region.</summary>
    public IReadOnlyList<RegionLatency> Told =>
        [.. _regions.Where(region => region.Value.Told is not null).Select(region => new RegionLatency { Region = region.Key, Milliseconds = region.Value.Told!.Value })];

    /// <summary>Takes in one round: a time for each region, null for one that did not answer. A region that is not in it is no peer any more.</summary>
    /// <returns>Whether what is told has changed.</returns>
    public bool Take(IReadOnlyDictionary<string, TimeSpan?> round)
    {
        var isNews = false;
        foreach (var gone in _regions.Keys.Where(region => !round.ContainsKey(region)).ToList())
        {
            isNews |= _regions[gone].Told is not null;
            _regions.Remove(gone);
        }

        foreach (var (region, time) in round)
        {
            if (!_regions.TryGetValue(region, out var track))
                _regions.Add(region, track = new Track());
            isNews |= time is { } measured ? track.Hit(measured.TotalMilliseconds) : track.Miss();
        }

        return isNews;
    }

    private sealed class Track
    {
        private double? _smooth;
        private int _misses;

        public double? Told { get; private set; }

        public bool Hit(double milliseconds)
        {
            _misses = 0;
            _smooth = _smooth is { } before ? before + ((milliseconds - before) * Follow) : milliseconds;
            if (Told is { } told && (Math.Abs(_smooth.Value - told) < NewsMilliseconds || Math.Abs(_smooth.Value - told) < told * NewsShare))
                return false;
            Told = Math.Round(_smooth.Value, 1);
            return true;
        }

        public bool Miss()
        {
            if (++_misses < MissesUntilUnknown || Told is null)
                return false;
            (_smooth, Told) = (null, null);
            return true;
        }
    }
}
