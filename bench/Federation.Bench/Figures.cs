namespace Federation.Bench;

/// <summary>Collected times of one step.</summary>
internal sealed class Figures(string step)
{
    private readonly List<double> _milliseconds = [];

    public void Add(TimeSpan elapsed) => _milliseconds.Add(elapsed.TotalMilliseconds);

    public static void PrintHeader() => Console.WriteLine($"| {"step",-58} | {"n",5} | {"p50 ms",9} | {"p99 ms",9} | {"max ms",9} |\n|{new string('-', 60)}|------:|----------:|----------:|----------:|");

    public void Print()
    {
        var sorted = _milliseconds.Order().ToList();
        if (sorted.Count > 0)
            Console.WriteLine($"| {step,-58} | {sorted.Count,5} | {At(sorted, 0.50),9:0.0} | {At(sorted, 0.99),9:0.0} | {sorted[^1],9:0.0} |");
    }

    /// <summary>The middle and the 99th of a hundred.</summary>
    public string Short => _milliseconds.Count == 0 ? "" : $"{At(0.50):0.0} / {At(0.99):0.0}";

    /// <summary>Milliseconds at a quantile.</summary>
    public double At(double quantile) => At([.. _milliseconds.Order()], quantile);

    private static double At(List<double> sorted, double quantile) => sorted[Math.Min(sorted.Count - 1, (int)Math.Ceiling(quantile * sorted.Count) - 1)];
}
