using System.Globalization;

namespace Federation.TestKit.Processes;

/// <summary>What processes have in memory (VmRSS): at first, at most, and now.</summary>
public sealed class ResidentMemory
{
    private readonly IReadOnlyDictionary<string, int> _processes;
    private readonly Dictionary<string, (long First, long Most, long Now)> _bytes = [];

    /// <param name="processes">Ids by what they are called.</param>
    public ResidentMemory(IReadOnlyDictionary<string, int> processes)
    {
        _processes = processes ?? throw new ArgumentNullException(nameof(processes));
        Look();
    }

    public void Look()
    {
        foreach (var (name, id) in _processes)
        {
            var now = ReadBytes(id);
            _bytes[name] = _bytes.TryGetValue(name, out var before) ? (before.First, Math.Max(before.Most, now), now) : (now, now, now);
        }
    }

    /// <summary>How far above the first look a process ever was, in bytes.</summary>
    public long GrowthOf(string process) => _bytes[process].Most - _bytes[process].First;

    /// <summary>In MiB.</summary>
    public override string ToString() => string.Join("; ", _bytes.Select(pair => string.Create(
        CultureInfo.InvariantCulture, $"{pair.Key}: {pair.Value.First >> 20} MiB before, {pair.Value.Most >> 20} at most, {pair.Value.Now >> 20} after")));

    private static long ReadBytes(int id)
    {
        var line = File.ReadLines($"/proc/{id}/status").Single(text => text.StartsWith("VmRSS:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) << 10;
    }
}
