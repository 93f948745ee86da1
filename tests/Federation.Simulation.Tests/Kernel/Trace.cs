using System.Globalization;

namespace Federation.Simulation.Tests.Kernel;

/// <summary>What happened, in order: a hash of all of it, and the lines when they are wanted.</summary>
internal sealed class Trace(SimTime time, bool keepsLines)
{
    private const ulong Prime = 1099511628211;
    private readonly List<string> _lines = [];

    public ulong Hash { get; private set; } = 14695981039346656037;

    public int Count { get; private set; }

    public IReadOnlyList<string> Lines => _lines;

    /// <summary>What helps to understand a world that is looked at, and is made for that only: it is not in the hash.</summary>
    public void Explain(Func<string> line)
    {
        if (keepsLines)
            Keep(line());
    }

    public void Add(string line)
    {
        Count++;
        var hash = (Hash ^ (ulong)time.Now.Ticks) * Prime;
        foreach (var letter in line)
            hash = (hash ^ letter) * Prime;
        Hash = hash;
        if (keepsLines)
            Keep(line);
    }

    private void Keep(string line) => _lines.Add(string.Create(CultureInfo.InvariantCulture, $"{time.Now.TotalSeconds,9:0.000} {line}"));
}
