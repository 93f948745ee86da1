using Federation.Api;
using Federation.Domain.Scheduling;
using Federation.Grains.Placements;

namespace Federation.Grains.Clusters;

/// <summary>The holds on one cluster's capacity: room promised to placements that are not written yet.</summary>
/// <remarks>
/// Room = capacity − what other apps' written shares request − what their holds ask beyond that. The index may trail the log; then
/// the hold that a newly written share came from is still counted, so a late index refuses too much and never too little.
/// </remarks>
internal sealed class ReservationBook(string cluster, PlacementIndex placements)
{
    /// <summary>Longer than any placement takes from reserving to its write, far shorter than people wait.</summary>
    public static readonly TimeSpan HoldFor = TimeSpan.FromSeconds(30);

    private readonly Dictionary<ObjectKey, Hold> _holds = [];

    public ReserveResult Reserve(ReserveRequest request, ResourceAmounts capacity, DateTimeOffset now)
    {
        var app = ObjectKey.Parse(request.App);
        EndHolds(now);
        _holds.Remove(app);
        var pod = new PodDemand(request.CpuMilli, request.MemoryBytes, 1);
        var own = placements.Find(app);
        var share = own?.ShareOn(cluster)?.Replicas ?? 0;
        var others = placements.AllocatedOn(cluster) - (own?.Pod ?? default) * share;
        foreach (var (key, hold) in _holds)
            others += hold.Beyond(placements.Find(key), cluster);
        // A share that is there already is never taken back here: only its growth needs room.
        var free = capacity.Less(others.ToAmounts());
        var granted = Math.Min(request.Replicas, Math.Max(free.Fit(pod.ToAmounts()), share));
        if (granted > 0)
            _holds[app] = new Hold(request.Uid, request.Revision, pod, granted, now + HoldFor);
        return new ReserveResult
        {
            Granted = granted,
            FreeCpuMilli = free.CpuMilli,
            FreeMemoryBytes = free.MemoryBytes,
            FreePods = free.Pods,
        };
    }

    private void EndHolds(DateTimeOffset now)
    {
        foreach (var (key, hold) in _holds)
        {
            var seen = placements.Find(key) is { } written
                ? written.Revision > hold.Revision
                : placements.Revision > hold.Revision;
            if (seen || hold.ExpiresAt <= now)
                _holds.Remove(key);
        }
    }

    private sealed record Hold(string Uid, long Revision, PodDemand Pod, int Replicas, DateTimeOffset ExpiresAt)
    {
        /// <summary>What the hold asks for on top of the app's written share.</summary>
        public PodDemand Beyond(PlacedObject? written, string cluster)
        {
            var share = written?.Uid == Uid ? written.ShareOn(cluster)?.Replicas ?? 0 : 0;
            return Pod * Math.Max(0, Replicas - share);
        }
    }
}
