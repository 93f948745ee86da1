using System.Collections.Immutable;
using System.Net;
using Federation.Api;
using Federation.Api.Apps;

namespace Federation.Domain.DnsRecords;

/// <summary>What the zone says about one app, and why.</summary>
public sealed record AppDnsPlan
{
    public required ObjectKey App { get; init; }

    public required DnsPolicy Policy { get; init; }

    /// <summary>Seconds a client may keep an answer.</summary>
    public required int Ttl { get; init; }

    /// <summary>At most so many addresses in one answer; 0: as the name server has it.</summary>
    public int MaxAnswers { get; init; }

    /// <summary>A client's network gets the same address first, as long as it is there.</summary>
    public bool IsSticky { get; init; }

    /// <summary>The names to publish, relative to the zone: the app's own first, then one for each region that answers for itself. Empty: the app has no name.</summary>
    public required ImmutableArray<PlannedName> Names { get; init; }

    /// <summary>The app's own name, or the host that is shared; null: none.</summary>
    public string? Host => Names.IsEmpty ? null : Names[0].Host;

    /// <summary>Of a PetSet: a name for each pet, as <c>db-0.db.shop.svc</c>. Without an address while it does not run.</summary>
    public ImmutableArray<PlannedName> Pets { get; init; } = [];

    /// <summary>Of a PetSet: services below its own name that lead to each pet by itself.</summary>
    public ImmutableArray<PlannedPetService> PetServices { get; init; } = [];

    /// <summary>One entry for each cluster that has a share, sorted by name: whether it is answered, and why.</summary>
    public required ImmutableArray<ClusterVerdict> Clusters { get; init; }

    /// <summary>Who takes only a part of its clients for want of ready pods.</summary>
    public ImmutableArray<SpillVerdict> Spills { get; init; } = [];

    /// <summary>Of a host that several apps share: all of them, its owner, which is <see cref="App"/>, first. Empty: it is the app's alone.</summary>
    public ImmutableArray<SharerVerdict> Sharers { get; init; } = [];
}

/// <summary>One name and the addresses behind it.</summary>
/// <param name="Host">Relative to the zone: <c>web.shop.svc</c>, <c>web.shop.svc.eu-west</c>.</param>
/// <param name="Region">The region the name is scoped to; null: the app's global name.</param>
/// <param name="Addresses">In the order of the clusters' names; each address once. Empty: the name exists and has no address (NODATA).</param>
/// <param name="Services">The exposed ports, for SRV records below the name.</param>
public sealed record PlannedName(string Host, string? Region, ImmutableArray<PlannedAddress> Addresses, ImmutableArray<PlannedService> Services)
{
    /// <summary>Room for everybody.</summary>
    public const long AllRoom = DnsSpill.Full;

    /// <summary>The addresses' weights count, whatever the policy.</summary>
    public bool IsWeighted { get; init; }

    /// <summary>How many of the clients that come to it it has room for, of <see cref="AllRoom"/>.</summary>
    public long Room { get; init; } = AllRoom;

    /// <summary>The same name as it answers those that it has no room for, the first choice first.</summary>
    public ImmutableArray<PlannedName> Next { get; init; } = [];

    /// <summary>Of a shared host: its ports.</summary>
    public ImmutableArray<PlannedHostService> HostServices { get; init; } = [];
}

/// <summary>One address of an answer.</summary>
/// <param name="Weight">Its part of the answers relative to the other addresses of the name; at least 1.</param>
/// <param name="Clusters">Who is behind it; several only when they advertise the same address.</param>
public sealed record PlannedAddress(IPAddress Address, long Weight, ImmutableArray<string> Clusters)
{
    /// <summary>Of a shared host: the apps behind it, as <c>namespace/name</c>; several only where they run in one cluster.</summary>
    public ImmutableArray<string> Apps { get; init; } = [];
}

/// <summary>An exposed port: <c>_http._tcp.web.shop.svc</c> for <paramref name="Name"/> <c>http</c>; <c>_udp</c> instead of <c>_tcp</c> when it is a UDP port.</summary>
public sealed record PlannedService(string Name, int Port, bool IsUdp = false);

/// <summary>A port that every pet has for itself: <c>_peer._tcp.db.shop.svc</c> for <paramref name="Name"/> <c>peer</c>.</summary>
/// <param name="Targets">The pets that run: their names, relative to the zone, and their ports.</param>
public sealed record PlannedPetService(string Name, bool IsUdp, ImmutableArray<(string Host, int Port)> Targets);

/// <summary>What was decided about one cluster of an app, and why.</summary>
/// <param name="ReadyPods">As the cluster last reported.</param>
/// <param name="Reason">One of <see cref="DnsReasons"/>.</param>
public sealed record ClusterVerdict(string Cluster, string Region, int ReadyPods, bool IsAnswered, string Reason)
{
    /// <summary>Of a shared host: whose pods they are, as <c>namespace/name</c>.</summary>
    public string? App { get; init; }
}

/// <summary>Why a cluster is in an answer or out of it.</summary>
public static class DnsReasons
{
    public const string Serving = "Serving";

    /// <summary>Its pods are about to stop, and no other cluster has a ready one.</summary>
    public const string LeavingButLastResort = "LeavingButLastResort";

    /// <summary>It is not Ready, but it is where pods were last seen ready, and no cluster that is Ready has one.</summary>
    public const string UnreachableButLastResort = "UnreachableButLastResort";

    public const string NoReadyPod = "NoReadyPod";
    public const string ClusterUnknown = "ClusterUnknown";
    public const string ClusterNotReady = "ClusterNotReady";

    /// <summary>The cluster lost its share, scales to zero or is being deleted: withdrawn before its pods stop.</summary>
    public const string Leaving = "Leaving";
    public const string NoUsableAddress = "NoUsableAddress";
    public const string AppIsDeleting = "AppIsDeleting";
    public const string WeightIsZero = "WeightIsZero";

    /// <summary>One that comes before it in the order has a ready pod. Its region's own name is answered all the same.</summary>
    public const string StandsBy = "StandsBy";

    /// <summary>One that comes before it in the order has too few ready pods for all its clients: this one answers those that are left.</summary>
    public const string TakesTheRest = "TakesTheRest";
}
