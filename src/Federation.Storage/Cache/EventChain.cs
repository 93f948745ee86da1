namespace Federation.Storage.Cache;

/// <summary>The recent changes of one kind (or of all) in order. Its owner locks.</summary>
internal sealed class EventChain
{
    private readonly List<(EventNode Node, long LastRevision)> _nodes = [];
    private int _first;
    private EventNode _tail = new();

    public void Append(CacheEvent[] events)
    {
        _nodes.Add((_tail, events[^1].Revision));
        _tail = _tail.Fill(events);
    }

    /// <summary>Lets go of everything up to a revision.</summary>
    public void EvictThrough(long revision)
    {
        for (; _first < _nodes.Count && _nodes[_first].LastRevision <= revision; _first++)
            _nodes[_first].Node.Finish(SubscriptionEnd.TooSlow);
        if (_first <= _nodes.Count / 2)
            return;
        _nodes.RemoveRange(0, _first);
        _first = 0;
    }

    /// <summary>The node that holds the first change after a revision, or the empty one that will.</summary>
    public EventNode FirstAfter(long revision)
    {
        var (low, high) = (_first, _nodes.Count);
        while (low < high)
        {
            var middle = low + ((high - low) / 2);
            if (_nodes[middle].LastRevision > revision)
                high = middle;
            else
                low = middle + 1;
        }

        return low < _nodes.Count ? _nodes[low].Node : _tail;
    }

    /// <summary>Ends every reader of this chain, those in the middle of it too.</summary>
    public void Finish(SubscriptionEnd end)
    {
        for (; _first < _nodes.Count; _first++)
            _nodes[_first].Node.Finish(end);
        _tail.Finish(end);
    }
}
