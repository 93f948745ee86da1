using System.Runtime.CompilerServices;
using Federation.Dns.Wire;
using Federation.Dns.Zones;

namespace Federation.Dns.Answering;

/// <summary>Fetches from memory what the answers to a batch of queries need, for all of them at the same time.</summary>
/// <remarks>
/// In a zone of many names hardly anything of the next one asked for is in the processor's caches, and each thing says where the next one lies: page, shard, node,
/// name, answer, turn. Answered one by one, each query waits for memory some ten times in a row. Here the same thing is read for every query of the batch before the
/// next one for any: the processor waits for many at once. Decides nothing: an answer is the same without it, only later. Belongs to one thread.
/// </remarks>
/// <param name="zone">Whose names are asked for.</param>
/// <param name="capacity">Queries of one batch, at most.</param>
internal sealed class ReadAhead(ZoneState zone, int capacity)
{
    private readonly Search[] _searches = new Search[capacity];
    private int _count;
    private int _touched;

    /// <summary>Takes one more query into the batch.</summary>
    /// <param name="packet">As it arrived; of one that is no plain query nothing is fetched.</param>
    [SkipLocalsInit]
    public void Add(ReadOnlySpan<byte> packet)
    {
        Span<byte> name = stackalloc byte[QueryReader.NameBufferLength];
        if (_count < capacity && zone.Current is { } zones && QueryReader.TryReadName(packet, name, out var length, out var hash) && zones.Find(name[..length], RecordType.A) is { } asked)
            _searches[_count++] = new Search { Hash = hash, Table = asked.Names };
    }

    /// <summary>Fetches, and begins a new batch.</summary>
    /// <returns>How many of the names seem to exist.</returns>
    public int Run()
    {
        // No loop depends on what it is the first to read: a branch that was taken wrongly would make the next query wait for this one's memory.
        var searches = _searches.AsSpan(0, _count);
        var (touched, found) = (0, 0);
        foreach (ref var search in searches)
            search.Shard = search.Table.Shard(search.Hash);
        foreach (ref var search in searches)
            touched += search.Shard.Length;
        foreach (ref var search in searches)
            touched += (int)search.Shard[search.Hash & ((uint)search.Shard.Length - 1)].Hash;
        foreach (ref var search in searches)
        {
            search.Node = NameTable.FindLikely(search.Shard, search.Hash);
            found += search.Node is null ? 0 : 1;
        }

        for (var step = 0; step <= ZoneNode.LastStep; step++)
        {
            foreach (ref var search in searches)
                touched += search.Node?.Touch(step) ?? 0;
        }

        _touched = touched;

        // Versions of the zone that are gone are not kept from being collected.
        searches.Clear();
        _count = 0;
        return found;
    }

    private struct Search
    {
        public NameTable Table;
        public uint Hash;
        public NameTable.Entry[] Shard;
        public ZoneNode? Node;
    }
}
