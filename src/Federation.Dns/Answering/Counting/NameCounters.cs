using Federation.Dns.Wire;

namespace Federation.Dns.Answering.Counting;

/// <summary>Counts answers for the names asked for most, in a table of fixed size: a name that finds no room takes the place of the rarest of its row (Space-Saving).</summary>
/// <remarks>
/// What is told of a name is counted for certain; it may have been asked for more. Allocates nothing. Two threads at once: one of them does not count.
/// </remarks>
internal sealed class NameCounters
{
    private const int Rows = 256;
    private const int Ways = 4;

    private readonly Slot[] _slots = new Slot[Rows * Ways];
    private int _busy;

    public void Count(DnsName name)
    {
        if (Interlocked.Exchange(ref _busy, 1) != 0)
            return;
        var row = _slots.AsSpan((int)(name.Hash % Rows) * Ways, Ways);
        var rarest = 0;
        var found = -1;
        for (var way = 0; way < Ways && found < 0; way++)
        {
            if (row[way].Hash == name.Hash && name.Equals(row[way].Name))
                found = way;
            else if (row[way].Count < row[rarest].Count)
                rarest = way;
        }

        if (found < 0)
            row[found = rarest] = new Slot { Name = name, Hash = name.Hash, Count = row[rarest].Count, Before = row[rarest].Count };
        row[found].Count++;
        Volatile.Write(ref _busy, 0);
    }

    /// <summary>The names in the table, each with how often it was asked for at least.</summary>
    public IReadOnlyList<(DnsName Name, long Count)> Read()
    {
        SpinWait.SpinUntil(() => Interlocked.Exchange(ref _busy, 1) == 0);
        var names = _slots.Where(slot => slot.Name is not null).Select(slot => (slot.Name!, slot.Count - slot.Before)).ToList();
        Volatile.Write(ref _busy, 0);
        return names;
    }

    private struct Slot
    {
        public DnsName? Name;

        /// <summary>The name's, here too: the names of a row lie anywhere in memory, and few of them are the one that is counted.</summary>
        public uint Hash;

        /// <summary>With what the name's predecessors here had.</summary>
        public long Count;
        public long Before;
    }
}
