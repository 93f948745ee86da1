using System.Collections.Immutable;
using System.Net;

namespace MemberCluster.Agent.Services;

/// <summary>An address and port that the cluster offers, and the ready pods behind it.</summary>
/// <param name="WorkUid">The work that exposes it.</param>
/// <param name="Listen">Where clients connect.</param>
/// <param name="Backends">Where connections go; empty: clients are refused at once.</param>
internal sealed record ServiceEndpoint(string WorkUid, IPEndPoint Listen, ImmutableArray<BackendAddress> Backends);

/// <param name="Pod">The pod's name.</param>
/// <param name="Address">Its address and the port its container listens on.</param>
internal sealed record BackendAddress(string Pod, IPEndPoint Address);

/// <summary>A port that cannot be offered, or can again (<see cref="Problem"/> null).</summary>
internal sealed record ListenerState(string WorkUid, IPEndPoint Listen, string? Problem);
