using System.Collections.Immutable;
using Federation.Api.Agents;

namespace Federation.Domain.Scheduling.Nodes.Pets;

/// <summary>Takes into the shares what nodes run, or may run, although no share says so: somebody decided it whose memory is lost.</summary>
internal static class PetAdoption
{
    /// <param name="heard">What the nodes say that are heard of. What a silent one said last is not true any more.</param>
    /// <param name="isKept">As the work has it: the pets run without permission.</param>
    public static ImmutableArray<NodeShare> Adopt(ImmutableArray<NodeShare> shares, IEnumerable<(string Node, WorkStatus Report)> heard, bool isKept, DateTimeOffset now)
    {
        var next = shares;
        foreach (var (node, report) in heard)
        {
            var share = next.FirstOrDefault(share => share.Node == node);
            var strangers = report.Pets.Where(pet => share?.Pets.Any(known => known.Ordinal == pet.Ordinal) != true).DistinctBy(pet => pet.Ordinal).ToList();
            if (strangers.Count == 0)
                continue;
            var isLeft = share is { Phase: NodeSharePhase.Withdrawing };
            var adopted = strangers.Select(pet => new NodePet(pet.Ordinal, pet.Epoch) { IsReleased = isLeft, IsKept = isKept });
            var with = share ?? new NodeShare { Node = node, Since = now };
            ImmutableArray<NodePet> pets = [.. with.Pets.Concat(adopted).OrderBy(pet => pet.Ordinal)];
            with = with with { Pets = pets, Replicas = pets.Count(pet => !pet.IsReleased) };
            next = share is null ? next.Add(with) : next.Replace(share, with);
        }

        return next == shares ? shares : [.. next.OrderBy(share => share.Node, StringComparer.Ordinal)];
    }
}
