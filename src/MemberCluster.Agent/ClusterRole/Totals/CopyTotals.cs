using System.Collections.Immutable;
using Federation.Api.Agents;
using Federation.Domain.Scheduling.Nodes.Pets;

namespace MemberCluster.Agent.ClusterRole.Totals;

/// <summary>How far pets' volumes have come, as the nodes say that bring them. Pure.</summary>
internal static class CopyTotals
{
    public static IReadOnlyList<WorkPetCopyStatus> Of(ImmutableArray<NodeCopyPlace> places, IReadOnlyList<NodeWord> words) =>
    [
        .. places.Select(place =>
        {
            // What a silent node said last may have changed since, but what was done is done.
            var said = words.FirstOrDefault(word => word.Node == place.Node)?.Status?.Copies.FirstOrDefault(copy => (copy.Ordinal, copy.Epoch) == (place.Ordinal, place.Epoch));
            return said is null || (place.Reason is not null && said.Phase != WorkPetCopyPhase.Done)
                ? new WorkPetCopyStatus { Ordinal = place.Ordinal, Epoch = place.Epoch, Node = place.Node, Bytes = said?.Bytes ?? 0, Reason = place.Reason, Message = place.Message }
                : said with { Node = place.Node };
        }),
    ];
}
