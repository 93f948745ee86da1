using System.Collections.Immutable;
using System.Net.Sockets;
using Federation.Api.Apps;
using Federation.Dns.Wire;
using Federation.Domain.DnsRecords;

namespace Federation.Dns.Zones;

/// <summary>Turns an app's plan into record sets: A and AAAA at its names, SRV at <c>_port._tcp</c> (or <c>_udp</c>) below each.</summary>
internal sealed class AppRecordSets(DnsName apex, int maxAddresses)
{
    /// <param name="plan">Of the app, or of a host that several share.</param>
    /// <param name="withHost">False: only what lies below its own name, which others share.</param>
    public IReadOnlyList<NodePlan> Make(AppDnsPlan plan, bool withHost = true)
    {
        if (plan.Names.IsEmpty)
            return [];
        if (!withHost)
            return [.. PetsOf(plan)];

        // The app's own name first, then its regions': each of its nodes carries what the regions say at that name.
        var names = plan.Names.Select(planned => NodesOf(plan, planned)).ToList();
        var next = plan.Names[0].Next.Select(planned => NodesOf(plan, planned)).ToList();
        return
        [
            .. names[0].Select(node => node.Plan with
            {
                Regional = [.. names.Skip(1).SelectMany(regional => regional).Where(regional => regional.Part == node.Part).Select(regional => regional.Plan)],
                Next = [.. next.SelectMany(other => other).Where(other => other.Part == node.Part).Select(other => other.Plan)],
            }),
            .. PetsOf(plan),
        ];
    }

    /// <summary>A node for each pet, and one for each service that leads to them one by one.</summary>
    private IEnumerable<NodePlan> PetsOf(AppDnsPlan plan)
    {
        foreach (var pet in plan.Pets)
        {
            if (TryName(pet.Host, out var host))
                yield return new NodePlan(host, AddressSets(plan, pet), new PlannedOrigin(plan, pet), []);
        }

        foreach (var service in plan.PetServices)
        {
            var targets = service.Targets.SelectMany(target => TryName(target.Host, out var host) ? [new ServiceData(0, 0, (ushort)target.Port, host)] : Array.Empty<RecordData>()).ToImmutableArray();
            if (!targets.IsEmpty && TryName($"_{service.Name}.{(service.IsUdp ? "_udp" : "_tcp")}.{plan.Names[0].Host}", out var name))
                yield return new NodePlan(name, [RecordSet.Of((uint)plan.Ttl, targets)], new PlannedOrigin(plan, plan.Names[0]), []);
        }
    }

    /// <summary>The nodes of one planned name: the name itself (part "") and one for each of its services.</summary>
    private List<(string Part, NodePlan Plan)> NodesOf(AppDnsPlan plan, PlannedName planned)
    {
        // A name can be too long for DNS although each of its labels is not.
        var nodes = new List<(string, NodePlan)>();
        if (!TryName(planned.Host, out var host))
            return nodes;
        var origin = new PlannedOrigin(plan, planned);
        nodes.Add(("", new NodePlan(host, AddressSets(plan, planned), origin, []) { Room = planned.Room }));
        if (planned.Addresses.IsEmpty)
            return nodes;
        foreach (var service in planned.Services)
        {
            if (TryName($"_{service.Name}.{(service.IsUdp ? "_udp" : "_tcp")}.{planned.Host}", out var name))
                nodes.Add((service.Name, new NodePlan(name, [RecordSet.Of((uint)plan.Ttl, new ServiceData(0, 0, (ushort)service.Port, host))], origin, []) { Room = planned.Room }));
        }

        foreach (var service in planned.HostServices)
        {
            ImmutableArray<RecordData> targets = [.. service.Targets.SelectMany(target => TryName(target.Host, out var own) ? [new ServiceData(0, (ushort)target.Weight, (ushort)target.Port, own)] : Array.Empty<RecordData>())];
            if (!targets.IsEmpty && TryName($"_{service.Name}.{(service.IsUdp ? "_udp" : "_tcp")}.{planned.Host}", out var name))
                nodes.Add((service.Name, new NodePlan(name, [RecordSet.Of((uint)plan.Ttl, targets)], origin, []) { Room = planned.Room }));
        }

        return nodes;
    }

    private List<RecordSet> AddressSets(AppDnsPlan plan, PlannedName planned)
    {
        var sets = new List<RecordSet>(2);
        foreach (var family in (ReadOnlySpan<AddressFamily>)[AddressFamily.InterNetwork, AddressFamily.InterNetworkV6])
        {
            var addresses = planned.Addresses.Where(address => address.Address.AddressFamily == family).ToImmutableArray();
            if (addresses.IsEmpty)
                continue;
            var isWeighted = planned.IsWeighted || plan.Policy == DnsPolicy.Weighted;
            sets.Add(new RecordSet(
                family == AddressFamily.InterNetwork ? RecordType.A : RecordType.Aaaa,
                (uint)plan.Ttl,
                [.. addresses.Select(address => new AddressData(address.Address))],
                isWeighted ? AnswerOrder.Weighted : AnswerOrder.RoundRobin,
                isWeighted ? [.. addresses.Select(address => address.Weight)] : [],
                plan.MaxAnswers == 0 || maxAddresses == 0 ? Math.Max(plan.MaxAnswers, maxAddresses) : Math.Min(plan.MaxAnswers, maxAddresses),
                plan.IsSticky));
        }

        return sets;
    }

    /// <param name="host">Relative to the zone, or a whole name with a final dot.</param>
    /// <param name="name">The whole name.</param>
    private bool TryName(string host, out DnsName name)
    {
        name = apex;
        if (!DnsName.TryParse(host, out var parsed))
            return false;
        if (!DnsNames.IsAbsolute(host) && parsed.Length - 1 + apex.Length > DnsName.MaxLength)
            return false;
        name = DnsNames.IsAbsolute(host) ? parsed : parsed.Under(apex);
        return true;
    }
}
