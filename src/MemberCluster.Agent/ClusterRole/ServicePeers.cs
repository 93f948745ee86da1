using Federation.Api.Agents;
using MemberCluster.Agent.ClusterRole.Members;

namespace MemberCluster.Agent.ClusterRole;

/// <summary>Which nodes serve a work's ports. Pure.</summary>
internal static class ServicePeers
{
    public static List<WorkPeer> Of(string uid, Work? work, IReadOnlyCollection<Member> members) => work is null ? [] :
    [
        .. from member in members
           where member is { IsHeard: true, IsLeaving: false, Address: not null }
           let status = member.Works.GetValueOrDefault(uid)
           where status is not null
           let pets = IndexSet.Of(status.Pets.Where(pet => pet.Phase is WorkPetPhase.Running or WorkPetPhase.Ready).Select(pet => pet.Ordinal)).ToString()
           where status.Ready > 0 || pets.Length > 0
           orderby member.Name
           select new WorkPeer { Node = member.Name, Address = member.Address!, ReadyPods = status.Ready, Pets = pets },
    ];

    public static bool AreSame(WorkEndpoints left, WorkEndpoints right) =>
        (left.Namespace, left.Name) == (right.Namespace, right.Name) && left.Ports.SequenceEqual(right.Ports) && left.Peers.SequenceEqual(right.Peers);
}
