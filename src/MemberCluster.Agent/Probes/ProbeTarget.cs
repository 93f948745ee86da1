using System.Net;
using Federation.Api.Apps;
using Federation.Api.Json;

namespace MemberCluster.Agent.Probes;

/// <summary>A running container as the probes see it.</summary>
/// <param name="Container">Its id.</param>
/// <param name="Address">The pod's address; null when it has none.</param>
/// <param name="StartedAt">As the engine says it; another one is another run.</param>
/// <param name="BeganAt">The same by the agent's <see cref="Pods.SteadyClock"/>: initial delays count from here.</param>
/// <param name="Spec">Its probes and named ports.</param>
/// <param name="HasStarted">Its startup probe passed before: it is not tried again.</param>
internal sealed record ProbeTarget(string Container, IPAddress? Address, DateTimeOffset StartedAt, DateTimeOffset BeganAt, ContainerSpec Spec, bool HasStarted = false)
{
    /// <summary>The number of a port given by name or number; null when the container has no such port.</summary>
    public int? PortOf(IntOrString? port) => port switch
    {
        null => null,
        { Number: { } number } => number,
        { Text: { } text } => Spec.Ports.FirstOrDefault(candidate => candidate.Name == text)?.Port,
        _ => null,
    };
}

internal enum ProbeKind
{
    /// <summary>The others wait until it has passed once.</summary>
    Startup,
    Readiness,
    Liveness,
}

/// <summary>The outcome of one attempt.</summary>
/// <param name="Succeeded">Null when nothing could be learned: the engine did not answer an exec.</param>
/// <param name="Detail">Why it failed, for people.</param>
internal readonly record struct ProbeResult(bool? Succeeded, string Detail)
{
    public static ProbeResult Success { get; } = new(true, "");

    public static ProbeResult Failure(string detail) => new(false, detail);
}

/// <summary>A verdict that changed.</summary>
/// <param name="Container">Its id.</param>
/// <param name="Kind">Of which probe.</param>
/// <param name="Passing">The verdict.</param>
/// <param name="Detail">Why it does not pass, for people.</param>
/// <param name="Grace">Between stop signal and kill when it is to be stopped for it; null: the pod's.</param>
internal sealed record ProbeVerdict(string Container, ProbeKind Kind, bool Passing, string Detail, TimeSpan? Grace = null);
