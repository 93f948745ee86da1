using System.Numerics;
using Federation.Dns.Wire;

namespace Federation.Dns.Zones;

/// <summary>An immutable hash table from names to nodes that can be changed at the cost of what changes.</summary>
/// <remarks>
/// Two levels: the upper bits of a hash choose a shard, the lower ones a place in it. <see cref="With"/> copies the list of shards and rebuilds only
/// those that change; shards stay at about <see cref="NamesPerShard"/> names, growing with the square root of the zone.
/// </remarks>
internal sealed class NameTable
{
    private readonly Entry[][] _shards;
    private readonly int _shardBits;

    private NameTable(Entry[][] shards, int shardBits, int count)
    {
        _shards = shards;
        _shardBits = shardBits;
        Count = count;
    }

    public static NameTable Empty { get; } = new([[default]], 0, 0);

    public int Count { get; }

    private int NamesPerShard => 16 << (_shardBits / 2);

    public IEnumerable<ZoneNode> Nodes => _shards.SelectMany(shard => shard).Where(entry => entry.Node is not null).Select(entry => entry.Node!);

    /// <param name="name">In lower case and wire form.</param>
    /// <param name="hash">Of <paramref name="name"/>.</param>
    public ZoneNode? Find(ReadOnlySpan<byte> name, uint hash)
    {
        var shard = _shards[ShardOf(hash, _shardBits)];
        var mask = (uint)shard.Length - 1;
        for (var at = hash & mask; ; at = (at + 1) & mask)
        {
            ref readonly var entry = ref shard[at];
            if (entry.Node is null)
                return null;
            if (entry.Hash == hash && entry.Node.Name.Wire.SequenceEqual(name))
                return entry.Node;
        }
    }

    public ZoneNode? Find(DnsName name) => Find(name.Wire, name.Hash);

    /// <summary>The table after <paramref name="edits"/>; a null node removes its name.</summary>
    public NameTable With(IReadOnlyCollection<KeyValuePair<DnsName, ZoneNode?>> edits)
    {
        var next = (Entry[][])_shards.Clone();
        var count = Count;
        foreach (var group in edits.GroupBy(edit => ShardOf(edit.Key.Hash, _shardBits)))
        {
            var before = next[group.Key];
            var changed = group.ToDictionary();
            var kept = before.Where(entry => entry.Node is not null && !changed.ContainsKey(entry.Node.Name)).Select(entry => entry.Node!);
            ZoneNode[] nodes = [.. kept, .. changed.Values.OfType<ZoneNode>()];
            count += nodes.Length - before.Count(entry => entry.Node is not null);
            next[group.Key] = Fill(nodes);
        }

        var table = new NameTable(next, _shardBits, count);
        return count > table.NamesPerShard << _shardBits ? table.Resized() : table;
    }

    private NameTable Resized()
    {
        var bits = _shardBits;
        while (Count > 16 << (bits / 2) << bits)
            bits += 2;
        var groups = new List<ZoneNode>[1 << bits];
        foreach (var node in Nodes)
            (groups[ShardOf(node.Name.Hash, bits)] ??= []).Add(node);
        return new NameTable(Array.ConvertAll(groups, nodes => Fill(nodes ?? [])), bits, Count);
    }

    private static int ShardOf(uint hash, int bits) => (int)((ulong)hash >> (32 - bits));

    /// <summary>A shard with at least half of its places free, so that every search ends.</summary>
    private static Entry[] Fill(IReadOnlyCollection<ZoneNode> nodes)
    {
        var entries = new Entry[BitOperations.RoundUpToPowerOf2((uint)(nodes.Count * 2) + 1)];
        var mask = (uint)entries.Length - 1;
        foreach (var node in nodes)
        {
            var at = node.Name.Hash & mask;
            while (entries[at].Node is not null)
                at = (at + 1) & mask;
            entries[at] = new Entry(node.Name.Hash, node);
        }

        return entries;
    }

    private readonly record struct Entry(uint Hash, ZoneNode? Node);
}
