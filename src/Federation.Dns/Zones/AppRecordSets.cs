using System.Collections.Immutable;
using System.Net.Sockets;
using Federation.Api.Apps;
using Federation.Dns.Wire;
using Federation.Domain.DnsRecords;

namespace Federation.Dns.Zones;

/// <summary>Turns an app's plan into record sets: A and AAAA at its names, SRV at <c>_port._tcp</c> below each.</summary>
internal sealed class AppRecordSets(DnsName apex, int maxAddresses)
{
    public IReadOnlyList<(DnsName Name, IReadOnlyList<RecordSet> Sets, PlannedOrigin Origin)> Make(AppDnsPlan plan)
    {
        var made = new List<(DnsName, IReadOnlyList<RecordSet>, PlannedOrigin)>();
        foreach (var planned in plan.Names)
        {
            // Names can be too long for DNS although each of their labels is not.
            if (!TryName(planned.Host, out var host))
                continue;
            var origin = new PlannedOrigin(plan, planned);
            made.Add((host, AddressSets(plan, planned), origin));
            foreach (var service in planned.Services)
            {
                if (!planned.Addresses.IsEmpty && TryName($"_{service.Name}._tcp.{planned.Host}", out var name))
                    made.Add((name, [RecordSet.Of((uint)plan.Ttl, new ServiceData(0, 0, (ushort)service.Port, host))], origin));
            }
        }

        return made;
    }

    private List<RecordSet> AddressSets(AppDnsPlan plan, PlannedName planned)
    {
        var sets = new List<RecordSet>(2);
        foreach (var family in (ReadOnlySpan<AddressFamily>)[AddressFamily.InterNetwork, AddressFamily.InterNetworkV6])
        {
            var addresses = planned.Addresses.Where(address => address.Address.AddressFamily == family).ToImmutableArray();
            if (addresses.IsEmpty)
                continue;
            var isWeighted = plan.Policy == DnsPolicy.Weighted;
            sets.Add(new RecordSet(
                family == AddressFamily.InterNetwork ? RecordType.A : RecordType.Aaaa,
                (uint)plan.Ttl,
                [.. addresses.Select(address => new AddressData(address.Address))],
                isWeighted ? AnswerOrder.Weighted : AnswerOrder.RoundRobin,
                isWeighted ? [.. addresses.Select(address => address.Weight)] : [],
                maxAddresses));
        }

        return sets;
    }

    private bool TryName(string relative, out DnsName name)
    {
        name = apex;
        if (!DnsName.TryParse(relative, out var parsed) || parsed.Length - 1 + apex.Length > DnsName.MaxLength)
            return false;
        name = parsed.Under(apex);
        return true;
    }
}
