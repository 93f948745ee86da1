using Federation.Api.Agents;
using Federation.Api.Pods;

namespace MemberCluster.Agent.ClusterRole.Members;

/// <summary>Whose the pods are, and which nodes speak of a work: what the nodes' reports come to, looked up from the other side. Used by one thread.</summary>
internal sealed class MemberOwners
{
    private readonly Dictionary<PodName, Member> _owners = [];
    private readonly Dictionary<string, HashSet<Member>> _reporters = [];

    /// <summary>Whose pod it is; null: nobody's.</summary>
    public Member? Of(PodName pod) => _owners.GetValueOrDefault(pod);

    /// <summary>The pod that is to stop, with its node; null: it is gone, or another pod has its name by now.</summary>
    public (Member Owner, Pod Pod)? Find(PodEviction eviction)
    {
        var name = new PodName(eviction.Namespace, eviction.Name);
        return Of(name) is { } owner && owner.Pods.TryGetValue(name, out var pod) && pod.Metadata.Uid == eviction.Uid ? (owner, pod) : null;
    }

    /// <summary>The nodes that say something of the work, or have pods of it.</summary>
    public IReadOnlyCollection<Member> SpeakersOf(string uid) => _reporters.GetValueOrDefault(uid) ?? [];

    /// <summary>Remembers whose the pods and works of a report are.</summary>
    public void Learn(Member member, MemberChanges changes)
    {
        foreach (var name in changes.Removed)
        {
            if (Of(name) == member)
                _owners.Remove(name);
        }

        foreach (var pod in changes.Set)
        {
            var name = MemberIntake.NameOf(pod);
            // A machine that got another name: the old one lets go of its pods.
            if (Of(name) is { } other && other != member)
                other.Pods.Remove(name);
            _owners[name] = member;
        }

        foreach (var uid in changes.Uids)
            Look(member, uid);
    }

    /// <summary>The node has let go of the work: what it said of it last is over.</summary>
    public void LetGo(Member member, string uid)
    {
        member.Works.Remove(uid);
        Look(member, uid);
    }

    public void Forget(Member member)
    {
        foreach (var name in member.Pods.Keys)
            _owners.Remove(name);
        foreach (var uid in member.Works.Keys.ToList())
            LetGo(member, uid);
    }

    private void Look(Member member, string uid)
    {
        if (member.Works.ContainsKey(uid) || member.PodsOf(uid) > 0)
        {
            if (!_reporters.TryGetValue(uid, out var known))
                _reporters[uid] = known = [];
            known.Add(member);
        }
        else if (_reporters.TryGetValue(uid, out var known) && known.Remove(member) && known.Count == 0)
        {
            _reporters.Remove(uid);
        }
    }
}
