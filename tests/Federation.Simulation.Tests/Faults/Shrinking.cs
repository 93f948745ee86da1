namespace Federation.Simulation.Tests.Faults;

/// <summary>Delta debugging: the smallest part of a list that still breaks the world in the same way, as far as leaving out parts of it finds one.</summary>
internal static class Shrinking
{
    public static IReadOnlyList<T> Shrink<T>(IReadOnlyList<T> all, Func<IReadOnlyList<T>, bool> isBad)
    {
        var present = all;
        for (var parts = 2; present.Count > 0 && parts <= present.Count * 2;)
        {
            var size = Math.Max(1, (present.Count + parts - 1) / parts);
            var smaller = Enumerable.Range(0, (present.Count + size - 1) / size)
                .Select(part => (IReadOnlyList<T>)[.. present.Take(part * size), .. present.Skip((part + 1) * size)])
                .FirstOrDefault(isBad);
            if (smaller is not null)
                (present, parts) = (smaller, Math.Max(2, parts - 1));
            else if (size == 1)
                break;
            else
                parts *= 2;
        }

        return present;
    }
}
