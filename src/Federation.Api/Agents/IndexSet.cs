using System.Collections;
using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace Federation.Api.Agents;

/// <summary>A set of a Job's indexes, written as <c>0-4,7</c>. Immutable; kept as ranges, so that a million indexes in a row cost as much as one.</summary>
public sealed class IndexSet : IEquatable<IndexSet>, IEnumerable<int>
{
    public static readonly IndexSet Empty = new([]);

    private readonly ImmutableArray<(int First, int Last)> _ranges;

    private IndexSet(ImmutableArray<(int First, int Last)> ranges) => _ranges = ranges;

    public bool IsEmpty => _ranges.IsEmpty;

    public int Count => (int)Math.Min(int.MaxValue, _ranges.Sum(range => (long)range.Last - range.First + 1));

    /// <summary>The indexes from 0 to <paramref name="count"/> − 1.</summary>
    public static IndexSet Below(int count) => count <= 0 ? Empty : new IndexSet([(0, count - 1)]);

    public static IndexSet Of(IEnumerable<int> indexes) => Joined(indexes.Where(index => index >= 0).Select(index => (index, index)));

    /// <summary>What is not a number or a range is left out: what an agent says is no reason to fail.</summary>
    public static IndexSet Parse(string? text)
    {
        if (string.IsNullOrEmpty(text))
            return Empty;
        var ranges = new List<(int, int)>();
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var dash = part.IndexOf('-', StringComparison.Ordinal);
            if (TryRead(dash < 0 ? part : part[..dash], out var first) && TryRead(dash < 0 ? part : part[(dash + 1)..], out var last) && first <= last)
                ranges.Add((first, last));
        }

        return Joined(ranges);
    }

    public bool Contains(int index)
    {
        foreach (var (first, last) in _ranges)
        {
            if (index <= last)
                return index >= first;
        }

        return false;
    }

    public IndexSet Union(IndexSet other) => other.IsEmpty ? this : IsEmpty ? other : Joined(_ranges.Concat(other._ranges));

    public IndexSet Except(IndexSet other)
    {
        if (IsEmpty || other.IsEmpty)
            return this;
        var left = ImmutableArray.CreateBuilder<(int, int)>();
        foreach (var (first, last) in _ranges)
        {
            var from = (long)first;
            foreach (var taken in other._ranges.Where(range => range.Last >= first && range.First <= last))
            {
                if (taken.First > from)
                    left.Add(((int)from, taken.First - 1));
                from = (long)taken.Last + 1;
            }

            if (from <= last)
                left.Add(((int)from, last));
        }

        return new IndexSet(left.ToImmutable());
    }

    public IndexSet Intersect(IndexSet other) => Except(Except(other));

    /// <summary>The lowest so many.</summary>
    public IndexSet Take(int count)
    {
        var taken = ImmutableArray.CreateBuilder<(int, int)>();
        foreach (var (first, last) in _ranges)
        {
            if (count <= 0)
                break;
            var end = (int)Math.Min(last, (long)first + count - 1);
            taken.Add((first, end));
            count -= end - first + 1;
        }

        return new IndexSet(taken.ToImmutable());
    }

    public bool Equals(IndexSet? other) => other is not null && _ranges.AsSpan().SequenceEqual(other._ranges.AsSpan());

    public override bool Equals(object? obj) => Equals(obj as IndexSet);

    public override int GetHashCode() => _ranges.Aggregate(_ranges.Length, HashCode.Combine);

    public IEnumerator<int> GetEnumerator()
    {
        foreach (var (first, last) in _ranges)
        {
            for (long index = first; index <= last; index++)
                yield return (int)index;
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var (first, last) in _ranges)
        {
            text.Append(text.Length == 0 ? "" : ",").Append(CultureInfo.InvariantCulture, $"{first}");
            if (last > first)
                text.Append(CultureInfo.InvariantCulture, $"-{last}");
        }

        return text.ToString();
    }

    private static bool TryRead(string text, out int index) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out index);

    private static IndexSet Joined(IEnumerable<(int First, int Last)> ranges)
    {
        var joined = ImmutableArray.CreateBuilder<(int First, int Last)>();
        foreach (var range in ranges.Order())
        {
            if (joined.Count > 0 && range.First <= (long)joined[^1].Last + 1)
                joined[^1] = (joined[^1].First, Math.Max(joined[^1].Last, range.Last));
            else
                joined.Add(range);
        }

        return new IndexSet(joined.ToImmutable());
    }
}
