using System.Text.Json.Serialization;
using Federation.Api.Json;

namespace Federation.Api.Apps;

/// <summary>A port that every cluster's advertised address offers, leading to that cluster's ready pods.</summary>
public sealed record ExposeSpec
{
    /// <summary>Defaulted to <c>port-&lt;port&gt;</c>, and for UDP to <c>port-&lt;port&gt;-udp</c>.</summary>
    public string? Name { get; init; }

    /// <summary>The port on the clusters' advertised addresses, 1 to 65535.</summary>
    public int Port { get; init; }

    /// <summary><c>TCP</c> or <c>UDP</c>. Defaulted to TCP. The same port may be exposed once for each.</summary>
    public string? Protocol { get; init; }

    /// <summary>A container port's name or number. Defaulted to <see cref="Port"/>.</summary>
    public IntOrString? TargetPort { get; init; }

    /// <summary>How names lead to the port.</summary>
    public DnsSpec? Dns { get; init; }
}

/// <summary>How the name servers answer for the exposed port.</summary>
public sealed record DnsSpec
{
    /// <summary>Defaulted to <see cref="DnsPolicy.RoundRobin"/>.</summary>
    public DnsPolicy? Policy { get; init; }

    /// <summary>Seconds a client may keep an answer. Defaulted to 5.</summary>
    public int? Ttl { get; init; }

    /// <summary>Weights for <see cref="DnsPolicy.Weighted"/>; empty: each cluster weighs its ready pods.</summary>
    public IReadOnlyList<DivideWeight> Weights { get; init; } = [];

    /// <summary>For <see cref="DnsPolicy.Failover"/>: who answers while it can, the first one first. Clusters that no entry names come after all others.</summary>
    public IReadOnlyList<DnsChoice> Order { get; init; } = [];

    /// <summary>At most so many addresses in one answer, 1 to 100; all have their turn. The name servers' own limit holds as well. Absent: that limit alone.</summary>
    public int? MaxAnswers { get; init; }

    /// <summary>True: a client's network gets the same address first as long as that is healthy, and others take over only the clients of one that is not. Defaulted to false.</summary>
    public bool? Sticky { get; init; }

    /// <summary>
    /// Percent of the pods wanted in a region (Geo, Latency), in an entry of <c>order</c> (Failover) or of <c>weights</c> (Weighted), or in a cluster (RoundRobin) that must be ready for it to take
    /// all its clients, 0 to 100. With fewer it takes as large a part of them as it has of that, and the next one, or all others, take the rest. 0: it takes all as long as one pod is ready. Absent: 50.
    /// </summary>
    public int? SpillBelow { get; init; }

    /// <summary>Further names, which other apps of the namespace may have too: clients are shared out among them by weight (canary, blue and green).</summary>
    public IReadOnlyList<DnsHost> Hosts { get; init; } = [];
}

/// <summary>A name that leads to this app, and to every other app of the namespace that lists it.</summary>
/// <remarks>The app that is called like it, else the oldest one, owns the host: its policy and limits hold for all. The shortest TTL of all counts.</remarks>
public sealed record DnsHost
{
    /// <summary>Also that of an app whose own name others list.</summary>
    public const int DefaultWeight = 100;

    /// <summary>
    /// A DNS label: <c>shop</c> is answered as <c>shop.&lt;namespace&gt;.svc.&lt;zone&gt;</c>. The name of another app of the namespace: that one's clients are shared.
    /// Several labels: the whole name, <c>www.example.com</c> or <c>*.shop.example.com</c>, in a zone whose Zone object lets the namespace have it (<c>spec.hosts</c>); also the zone's own name, <c>example.com</c>.
    /// </summary>
    public string Name { get; init; } = "";

    /// <summary>It is a whole name, not one below the namespace.</summary>
    [JsonIgnore]
    public bool IsAbsolute => Name.Contains('.', StringComparison.Ordinal);

    /// <summary>The app's part of the host's clients, relative to the weights of the other apps that have a ready pod; 0 to 65535. 0: none, unless no other app has one. Defaulted to 100.</summary>
    public int? Weight { get; init; }
}

public enum DnsPolicy
{
    /// <summary>The addresses take turns.</summary>
    RoundRobin,

    /// <summary>The addresses come up in proportion to weights.</summary>
    Weighted,

    /// <summary>Only the first of <c>order</c> that has a ready pod.</summary>
    Failover,

    /// <summary>Only the region nearest to the client of those that have a ready pod: see Region. A client whose region is not known gets all regions.</summary>
    Geo,

    /// <summary>Like Geo, with the region that is the fewest milliseconds from the client's: agents measure it, see <c>Cluster.status.latencies</c>. Regions that are not measured come after, as with Geo.</summary>
    Latency,
}

/// <summary>A cluster, or all clusters of a region. Exactly one of the two is set.</summary>
public sealed record DnsChoice
{
    /// <summary>A region's name.</summary>
    public string? Region { get; init; }

    /// <summary>A cluster's name.</summary>
    public string? Cluster { get; init; }
}
