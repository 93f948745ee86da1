namespace MemberCluster.Agent.Pods;

/// <summary>What is known of the pods of each uid, and which uids were touched since they were last planned. Used by one thread.</summary>
internal sealed class PodBook
{
    private readonly Dictionary<string, UidState> _uids = [];
    private readonly HashSet<string> _touched = [];

    public IReadOnlyDictionary<string, UidState> Uids => _uids;

    /// <summary>When the first of them wants to be planned again although nothing touches it; null: none does.</summary>
    public DateTimeOffset? NextLook => _uids.Values.Min(state => state.NextLook);

    /// <summary>The state of a uid, a new one when nothing is known of it.</summary>
    public UidState Open(string uid)
    {
        if (!_uids.TryGetValue(uid, out var state))
            _uids[uid] = state = new UidState();
        return state;
    }

    public void Close(string uid) => _uids.Remove(uid);

    public void Touch(string uid) => _touched.Add(uid);

    public void Touch(IEnumerable<string> uids) => _touched.UnionWith(uids);

    public void TouchAll() => Touch(_uids.Keys);

    public void TouchDue(DateTimeOffset now) => Touch(_uids.Where(pair => pair.Value.NextLook <= now).Select(pair => pair.Key));

    /// <summary>The uids touched since the last call.</summary>
    public IReadOnlyList<string> TakeTouched()
    {
        var uids = _touched.ToList();
        _touched.Clear();
        return uids;
    }
}
