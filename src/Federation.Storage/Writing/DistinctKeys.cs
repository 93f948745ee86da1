using Federation.Api;

namespace Federation.Storage.Writing;

/// <summary>Cuts a queue into batches in which no object is written twice, for a database that writes a batch as one set.</summary>
internal static class DistinctKeys
{
    /// <summary>Moves the first write of each object into the batch; later ones stay, in order, for the next batch.</summary>
    public static void Move(List<PendingWrite> gathered, List<PendingWrite> batch)
    {
        var keys = new HashSet<ObjectKey>(gathered.Count);
        var kept = 0;
        for (var index = 0; index < gathered.Count; index++)
        {
            var pending = gathered[index];
            if (keys.Add(pending.Write.Key))
                batch.Add(pending);
            else
                gathered[kept++] = pending;
        }

        gathered.RemoveRange(kept, gathered.Count - kept);
    }
}
