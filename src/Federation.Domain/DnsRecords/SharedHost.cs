using Federation.Api.Apps;

namespace Federation.Domain.DnsRecords;

/// <summary>One of the apps that share a host.</summary>
/// <param name="Weight">Its part of the clients, relative to those of the others.</param>
public sealed record HostSharer(PlacedResource App, int Weight)
{
    internal string Name => $"{App.Metadata.Namespace}/{App.Metadata.Name}";
}

/// <summary>What was decided about one app of a shared host, and why.</summary>
/// <param name="App">As <c>namespace/name</c>.</param>
/// <param name="Share">Its part of the answers at the host's global name, from 0 to 1.</param>
/// <param name="IsOwner">Its policy and limits hold for the host.</param>
/// <param name="Reason">One of <see cref="DnsReasons"/>.</param>
/// <param name="Overruled">The fields of its <c>dns</c> that do not count because the owner says something else.</param>
public sealed record SharerVerdict(string App, int Weight, double Share, bool IsOwner, string Reason, System.Collections.Immutable.ImmutableArray<string> Overruled);

/// <summary>A port of a shared host: an SRV record for each app that is answered.</summary>
/// <param name="Targets">Hosts relative to the zone, with the app's port and its weight.</param>
public sealed record PlannedHostService(string Name, bool IsUdp, System.Collections.Immutable.ImmutableArray<(string Host, int Port, int Weight)> Targets);
