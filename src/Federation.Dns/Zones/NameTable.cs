using Federation.Dns.Wire;

namespace Federation.Dns.Zones;

/// <summary>An immutable hash table from names to nodes that can be changed at the cost of what changes.</summary>
/// <remarks>
/// Two levels: the upper bits of a hash choose a shard, the lower ones a place in it, with linear probing. <see cref="With"/> copies the list of shards
/// and those shards that change; both grow with the square root of the zone.
/// </remarks>
internal sealed class NameTable
{
    private readonly Entry[][] _shards;
    private readonly int[] _counts;
    private readonly int _shardBits;

    private NameTable(Entry[][] shards, int[] counts, int shardBits, int count)
    {
        _shards = shards;
        _counts = counts;
        _shardBits = shardBits;
        Count = count;
    }

    public static NameTable Empty { get; } = new([[default]], [0], 0, 0);

    public int Count { get; }

    public IEnumerable<ZoneNode> Nodes => _shards.SelectMany(shard => shard).Where(entry => entry.Node is not null).Select(entry => entry.Node!);

    /// <param name="name">In lower case and wire form.</param>
    /// <param name="hash">Of <paramref name="name"/>.</param>
    public ZoneNode? Find(ReadOnlySpan<byte> name, uint hash)
    {
        var shard = _shards[ShardOf(hash, _shardBits)];
        return shard[PlaceOf(shard, name, hash)].Node;
    }

    public ZoneNode? Find(DnsName name) => Find(name.Wire, name.Hash);

    /// <summary>The table after <paramref name="edits"/>; a null node removes its name.</summary>
    public NameTable With(IReadOnlyCollection<KeyValuePair<DnsName, ZoneNode?>> edits)
    {
        var shards = (Entry[][])_shards.Clone();
        var counts = (int[])_counts.Clone();
        var copied = new HashSet<int>();
        var count = Count;
        foreach (var (name, node) in edits)
        {
            var index = ShardOf(name.Hash, _shardBits);
            if (copied.Add(index))
                shards[index] = (Entry[])shards[index].Clone();
            var change = node is null ? Remove(shards[index], name) : Put(ref shards[index], counts[index], node);
            counts[index] += change;
            count += change;
        }

        var table = new NameTable(shards, counts, _shardBits, count);
        return count > RoomAt(_shardBits) ? table.Resized() : table;
    }

    /// <summary>The names that have another node in a later table, or none any more, or one only there. Costs the shards and what is in those that changed.</summary>
    public IEnumerable<DnsName> ChangesTo(NameTable later)
    {
        var isAligned = _shardBits == later._shardBits;
        for (var i = 0; i < _shards.Length; i++)
        {
            if (isAligned && ReferenceEquals(_shards[i], later._shards[i]))
                continue;
            foreach (var entry in _shards[i])
            {
                if (entry.Node is not null && !ReferenceEquals(later.Find(entry.Node.Name), entry.Node))
                    yield return entry.Node.Name;
            }
        }

        for (var i = 0; i < later._shards.Length; i++)
        {
            if (isAligned && ReferenceEquals(_shards[i], later._shards[i]))
                continue;
            foreach (var entry in later._shards[i])
            {
                if (entry.Node is not null && Find(entry.Node.Name) is null)
                    yield return entry.Node.Name;
            }
        }
    }

    private NameTable Resized()
    {
        var bits = _shardBits;
        while (Count > RoomAt(bits))
            bits += 2;
        var shards = new Entry[1 << bits][];
        var counts = new int[1 << bits];
        foreach (var node in Nodes)
        {
            var index = ShardOf(node.Name.Hash, bits);
            shards[index] ??= new Entry[16];
            counts[index] += Put(ref shards[index], counts[index], node);
        }

        return new NameTable(Array.ConvertAll(shards, shard => shard ?? [default]), counts, bits, Count);
    }

    /// <summary>The names that fit: 16 in one shard, and each shard twice as many for every two bits.</summary>
    private static int RoomAt(int bits) => 16 << (bits / 2) << bits;

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

    private static int Put(ref Entry[] shard, int count, ZoneNode node)
    {
        var name = node.Name;
        var at = PlaceOf(shard, name.Wire, name.Hash);
        if (shard[at].Node is not null)
        {
            shard[at] = new Entry(name.Hash, node);
            return 0;
        }

        if ((count + 1) * 2 > shard.Length)
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

    private readonly record struct Entry(uint Hash, ZoneNode? Node);
}
