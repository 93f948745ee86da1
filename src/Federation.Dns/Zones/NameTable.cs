using Federation.Dns.Wire;

namespace Federation.Dns.Zones;

/// <summary>An immutable hash table from names to nodes that can be changed at the cost of what changes.</summary>
/// <remarks>
/// Three levels: the upper bits of a hash choose a page, the next ones a shard of it, the lower ones a place in that, with linear probing. Shards hold some
/// 16 names however many there are, so <see cref="With"/> copies the list of pages, and for each name a page and a shard: of a million names, a few KiB.
/// </remarks>
internal sealed class NameTable
{
    /// <summary>Names of one shard, at most on average.</summary>
    private const int NamesOfShard = 16;

    private static readonly Entry[] NoEntries = [default];

    private readonly Entry[][][] _pages;
    private readonly int _bits; // of a hash, that choose the shard; the lower half of them its place in the page

    private NameTable(Entry[][][] pages, int bits, int count)
    {
        _pages = pages;
        _bits = bits;
        Count = count;
    }

    public static NameTable Empty { get; } = new([[NoEntries]], 0, 0);

    public int Count { get; }

    public IEnumerable<ZoneNode> Nodes => _pages.SelectMany(page => page).SelectMany(NodesOf);

    /// <param name="name">In lower case and wire form.</param>
    /// <param name="hash">Of <paramref name="name"/>.</param>
    public ZoneNode? Find(ReadOnlySpan<byte> name, uint hash)
    {
        var shard = Shard(hash);
        return shard[PlaceOf(shard, name, hash)].Node;
    }

    public ZoneNode? Find(DnsName name) => Find(name.Wire, name.Hash);

    /// <summary>The shard that a name of the hash is in, if it exists.</summary>
    public Entry[] Shard(uint hash)
    {
        var number = ShardOf(hash, _bits);
        return _pages[number >> (_bits / 2)][number & ((1 << (_bits / 2)) - 1)];
    }

    /// <summary>The first node of a hash in its shard. Reads no name, so it may be another one's; null: there is none.</summary>
    public static ZoneNode? FindLikely(Entry[] shard, uint hash)
    {
        var mask = (uint)shard.Length - 1;
        for (var at = hash & mask; ; at = (at + 1) & mask)
        {
            ref readonly var entry = ref shard[at];
            if (entry.Node is null || entry.Hash == hash)
                return entry.Node;
        }
    }

    /// <summary>The table after <paramref name="edits"/>; a null node removes its name.</summary>
    public NameTable With(IReadOnlyCollection<KeyValuePair<DnsName, ZoneNode?>> edits)
    {
        var before = edits.Count > Count ? Resized(Count + edits.Count) : this;
        var edited = new Editor(before);
        foreach (var (name, node) in edits)
            edited.Set(name, node);
        var table = edited.ToTable();
        return table.Count > RoomAt(table._bits) ? table.Resized(table.Count) : table;
    }

    /// <summary>The names that have another node in a later table, or none any more, or one only there. Costs the pages, and the shards that changed.</summary>
    public IEnumerable<DnsName> ChangesTo(NameTable later)
    {
        foreach (var node in OnlyHere(later))
        {
            if (!ReferenceEquals(later.Find(node.Name), node))
                yield return node.Name;
        }

        foreach (var node in later.OnlyHere(this))
        {
            if (Find(node.Name) is null)
                yield return node.Name;
        }
    }

    /// <summary>The nodes of shards that another table does not share.</summary>
    private IEnumerable<ZoneNode> OnlyHere(NameTable other)
    {
        var isAligned = _bits == other._bits;
        for (var page = 0; page < _pages.Length; page++)
        {
            if (isAligned && ReferenceEquals(_pages[page], other._pages[page]))
                continue;
            for (var shard = 0; shard < _pages[page].Length; shard++)
            {
                if (isAligned && ReferenceEquals(_pages[page][shard], other._pages[page][shard]))
                    continue;
                foreach (var node in NodesOf(_pages[page][shard]))
                    yield return node;
            }
        }
    }

    /// <summary>The same with room for so many names.</summary>
    private NameTable Resized(int count)
    {
        var bits = _bits;
        while (count > RoomAt(bits))
            bits += 2;
        if (bits == _bits)
            return this;
        var pages = new Entry[1 << (bits - (bits / 2))][][];
        foreach (ref var page in pages.AsSpan())
        {
            page = new Entry[1 << (bits / 2)][];
            page.AsSpan().Fill(NoEntries);
        }

        var larger = new Editor(new NameTable(pages, bits, 0));
        foreach (var node in Nodes)
            larger.Set(node.Name, node);
        return larger.ToTable();
    }

    private static int RoomAt(int bits) => NamesOfShard << bits;

    private static IEnumerable<ZoneNode> NodesOf(Entry[] shard) => shard.Where(entry => entry.Node is not null).Select(entry => entry.Node!);

    private static int CountOf(Entry[] shard)
    {
        var count = 0;
        foreach (ref readonly var entry in shard.AsSpan())
            count += entry.Node is null ? 0 : 1;
        return count;
    }

    private static int ShardOf(uint hash, int bits) => (int)((ulong)hash >> (32 - bits));

    /// <summary>Where the name is, or the free place where it would be. At least half of a shard is free, so every search ends.</summary>
    private static uint PlaceOf(Entry[] shard, ReadOnlySpan<byte> name, uint hash)
    {
        var mask = (uint)shard.Length - 1;
        for (var at = hash & mask; ; at = (at + 1) & mask)
        {
            ref readonly var entry = ref shard[at];
            if (entry.Node is null || (entry.Hash == hash && entry.Node.Name.Wire.SequenceEqual(name)))
                return at;
        }
    }

    private static int Put(ref Entry[] shard, ZoneNode node)
    {
        var name = node.Name;
        var at = PlaceOf(shard, name.Wire, name.Hash);
        if (shard[at].Node is not null)
        {
            shard[at] = new Entry(name.Hash, node);
            return 0;
        }

        if ((CountOf(shard) + 1) * 2 > shard.Length)
        {
            var larger = new Entry[Math.Max(4, shard.Length * 2)];
            foreach (var entry in shard)
            {
                if (entry.Node is not null)
                    larger[PlaceOf(larger, entry.Node.Name.Wire, entry.Hash)] = entry;
            }

            shard = larger;
            at = PlaceOf(shard, name.Wire, name.Hash);
        }

        shard[at] = new Entry(name.Hash, node);
        return 1;
    }

    private static int Remove(Entry[] shard, DnsName name)
    {
        var mask = (uint)shard.Length - 1;
        var hole = PlaceOf(shard, name.Wire, name.Hash);
        if (shard[hole].Node is null)
            return 0;

        // Entries behind the hole move up to it unless they already sit between their own place and it: no search may end at the hole too early.
        for (var at = (hole + 1) & mask; shard[at].Node is not null; at = (at + 1) & mask)
        {
            if (((at - shard[at].Hash) & mask) < ((at - hole) & mask))
                continue;
            shard[hole] = shard[at];
            hole = at;
        }

        shard[hole] = default;
        return -1;
    }

    /// <summary>Copies of a table what it changes, once.</summary>
    private sealed class Editor(NameTable before)
    {
        private readonly Entry[][][] _pages = (Entry[][][])before._pages.Clone();
        private readonly HashSet<int> _copiedPages = [];
        private readonly HashSet<int> _copiedShards = [];
        private int _count = before.Count;

        public void Set(DnsName name, ZoneNode? node)
        {
            var number = ShardOf(name.Hash, before._bits);
            ref var page = ref _pages[number >> (before._bits / 2)];
            if (_copiedPages.Add(number >> (before._bits / 2)))
                page = (Entry[][])page.Clone();
            ref var shard = ref page[number & ((1 << (before._bits / 2)) - 1)];
            if (_copiedShards.Add(number))
                shard = (Entry[])shard.Clone();
            _count += node is null ? Remove(shard, name) : Put(ref shard, node);
        }

        public NameTable ToTable() => new(_pages, before._bits, _count);
    }

    /// <summary>A place in a shard; without a node it is free.</summary>
    internal readonly record struct Entry(uint Hash, ZoneNode? Node);
}
