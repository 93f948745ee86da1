using Federation.Api.Agents;

namespace Federation.Grains.Clusters;

/// <summary>The works of one cluster as last reported. After a full report it mirrors what the agent holds.</summary>
internal sealed class ReportedWorks
{
    private readonly Dictionary<string, WorkStatus> _works = [];
    private readonly HashSet<string> _withPets = [];

    public IReadOnlyDictionary<string, WorkStatus> All => _works;

    /// <summary>Some pet runs here, or waits for what it needs to run.</summary>
    public bool HasPets => _withPets.Count > 0;

    /// <summary>The newest works-stream revision that the agent has stored; what it holds takes everything up to here into account.</summary>
    public long AppliedRevision { get; private set; }

    /// <returns>The works whose state is news to the rest of the control plane.</returns>
    public IReadOnlyList<WorkStatus> Apply(Report report)
    {
        AppliedRevision = report.AppliedRevision;
        if (report.Full)
        {
            _works.Clear();
            _withPets.Clear();
        }

        foreach (var work in report.Works)
        {
            _works[work.Uid] = work;
            if (work.Pets.Count > 0)
                _withPets.Add(work.Uid);
            else
                _withPets.Remove(work.Uid);
        }

        return report.Works;
    }

    public void Forget(string uid)
    {
        _works.Remove(uid);
        _withPets.Remove(uid);
    }

    /// <summary>True: the agent has carried out what the stream said up to the revision, and holds nothing of the uid.</summary>
    /// <remarks>Not a deletion by omission: the stream had the tombstone (rule 4); only the confirmation of it was lost.</remarks>
    public bool HasLetGo(string uid, long revision) =>
        AppliedRevision >= revision && (!_works.TryGetValue(uid, out var work) || work.Gone);
}
