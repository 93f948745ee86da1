using System.Buffers;
using Federation.Api;
using Federation.Api.Agents;
using Federation.Api.Apps;
using Federation.Api.Clusters;
using Federation.Api.Json;
using Federation.Domain.Works;
using Federation.Gateway.Sources;
using Federation.Storage.Cache;

namespace Federation.Gateway.Agents;

/// <summary>Writes one cluster's works: what changed for this cluster, and nothing twice.</summary>
/// <remarks>An event carries the revision of the bookmark before it: whoever resumes from any line misses nothing.</remarks>
internal sealed class WorksStream(string cluster, string store, string zone, IObjectCache cache, IBufferWriter<byte> output)
{
    private readonly Dictionary<ObjectKey, WorkRendering> _said = [];
    private readonly Dictionary<string, long> _buried = [];
    private readonly PetNaming _naming = new(zone, name => PetNaming.AddressIn(ClusterIn(cache, name)));
    private long _bookmark;

    /// <summary>Begins with everything.</summary>
    public void BeginSnapshot(IEnumerable<ObjectKey> placed)
    {
        Write(new WorkEvent { Type = WorkEventType.Snapshot, Store = store });
        Follow(placed);
        SayTombstones();
    }

    /// <summary>Begins where the agent stopped: what it stored already is remembered, not said. Orders to remove are repeated until they are confirmed.</summary>
    public void BeginAfter(long since, IEnumerable<ObjectKey> placed)
    {
        _bookmark = since;
        foreach (var key in placed)
        {
            if (Find(key) is not { } found)
                continue;
            var rendering = Render((PlacedResource)found.Resource);
            if (found.Revision > since || rendering is WorkRendering.Remove || HasOtherData((PlacedResource)found.Resource, since))
                Say(rendering);
            _said[key] = rendering;
        }

        SayTombstones();
    }

    /// <summary>Looks at objects that changed.</summary>
    public void Follow(IEnumerable<ObjectKey> changed)
    {
        foreach (var key in changed)
        {
            if (key.Kind == Cluster.KindName)
                SayTombstones();
            else if (Find(key) is { } found)
                Follow(key, (PlacedResource)found.Resource);
            else
                _said.Remove(key);
        }
    }

    public void Bookmark(long revision)
    {
        _bookmark = Math.Max(_bookmark, revision);
        var known = FindCluster();
        Write(new WorkEvent
        {
            Type = WorkEventType.Bookmark,
            Revision = _bookmark,
            Store = store,
            Evictions = known?.Status.Evictions ?? [],
            Nodes = known?.Spec.Nodes ?? [],
        });
    }

    private void Follow(ObjectKey key, PlacedResource placed)
    {
        var rendering = Render(placed);
        if (_said.TryGetValue(key, out var before) && WorkRenderer.AsksTheSame(before, rendering) && !WorkRenderer.MustRepeat(placed, cluster, before))
            return;
        Say(rendering);
        _said[key] = rendering;
    }

    private void Say(WorkRendering rendering)
    {
        switch (rendering)
        {
            case WorkRendering.Run run:
                Write(new WorkEvent { Type = WorkEventType.Work, Revision = _bookmark, Work = WithContents(run.Work) });
                break;
            case WorkRendering.Remove remove:
                Write(new WorkEvent { Type = WorkEventType.Tombstone, Revision = _bookmark, Tombstone = remove.Tombstone });
                break;
        }
    }

    /// <summary>Removals whose objects have left the store.</summary>
    private void SayTombstones()
    {
        if (FindCluster() is not { } state)
            return;
        foreach (var pending in state.Status.Tombstones)
        {
            if (_buried.TryGetValue(pending.Uid, out var said) && said >= pending.Revision)
                continue;
            _buried[pending.Uid] = pending.Revision;
            Write(new WorkEvent
            {
                Type = WorkEventType.Tombstone,
                Revision = _bookmark,
                Tombstone = new Tombstone
                {
                    Uid = pending.Uid,
                    Kind = pending.Kind,
                    Namespace = pending.Namespace,
                    Name = pending.Name,
                    Revision = pending.Revision,
                    Reason = "Deleted",
                },
            });
        }
    }

    private WorkRendering Render(PlacedResource placed) =>
        WorkRenderer.Render(placed, cluster, key => cache.Current(key) is { } data ? WorkDataRenderer.VersionOf(data.Uid, data.Revision) : null, _naming);

    /// <summary>Whether the agent may hold other data than there is now. What is missing may have been there: nobody remembers when it went.</summary>
    private bool HasOtherData(PlacedResource placed, long since) =>
        placed.Templates.SelectMany(DataName.In).Any(name => cache.Current(DataIndex.KeyOf(name, placed.Metadata.Namespace)) is not { } data || data.Revision > since);

    /// <summary>Contents are read when they are sent, and not kept: what was said is remembered by its versions.</summary>
    private Work WithContents(Work work) => work.Data.Count == 0 ? work : work with { Data = [.. work.Data.Select(data => ContentsOf(work, data)).OfType<WorkData>()] };

    /// <summary>Null: it was deleted a moment ago, and the work is looked at again for that.</summary>
    private WorkData? ContentsOf(Work work, WorkData data) =>
        Find(new ObjectKey(data.Kind, work.Namespace, data.Name)) is { } found
            ? WorkDataRenderer.Full(found.Resource, WorkDataRenderer.VersionOf(found.Resource.Metadata.Uid ?? "", found.Revision))
            : null;

    private Cluster? FindCluster() => ClusterIn(cache, cluster);

    private static Cluster? ClusterIn(IObjectCache cache, string name) =>
        cache.Current(ObjectKey.ClusterScoped(Cluster.KindName, name)) is { } found ? ObjectView.Of(found).Resource as Cluster : null;

    private ObjectView? Find(ObjectKey key) => cache.Current(key) is { } found ? ObjectView.Of(found) : null;

    private void Write(WorkEvent line)
    {
        output.Write(ApiJson.ToUtf8(line));
        output.Write("\n"u8);
    }
}
