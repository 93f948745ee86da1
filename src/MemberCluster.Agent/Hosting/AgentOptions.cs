using System.Collections.Immutable;
using System.Net;
using Federation.Api.Quantities;

namespace MemberCluster.Agent.Hosting;

/// <summary>How an agent is started.</summary>
internal sealed record AgentOptions
{
    /// <summary>The gateway.</summary>
    /// <value>Default: https://127.0.0.1:8443.</value>
    public Uri ControlPlane { get; init; } = new("https://127.0.0.1:8443");

    /// <summary>PEM file with the authority the gateway's certificate comes from.</summary>
    /// <value>Default: none; the machine's own authorities count.</value>
    public string? CaFile { get; init; }

    /// <summary>The name of the cluster; unique in the federation.</summary>
    public required string Cluster { get; init; }

    public required string Region { get; init; }

    /// <value>Default: none.</value>
    public string? Zone { get; init; }

    /// <value>Default: none.</value>
    public string? Provider { get; init; }

    /// <summary>What DNS answers for the cluster.</summary>
    public ImmutableArray<IPAddress> Addresses { get; init; } = [];

    /// <summary>Where exposed ports are opened.</summary>
    /// <value>Default: <see cref="Addresses"/>. Others are needed behind address translation.</value>
    public ImmutableArray<IPAddress> Listen { get; init; } = [];

    public ImmutableDictionary<string, string> Labels { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>The credential and the durable copy of the works.</summary>
    /// <value>Default: /var/lib/federation-agent.</value>
    public string Data { get; init; } = "/var/lib/federation-agent";

    /// <summary>The container engine.</summary>
    /// <value>Default: unix:///var/run/docker.sock.</value>
    public string Docker { get; init; } = "unix:///var/run/docker.sock";

    /// <summary>What the cluster may run at most.</summary>
    /// <value>Default: the engine's processors and memory, and 110 pods.</value>
    public ImmutableDictionary<string, Quantity> Capacity { get; init; } = ImmutableDictionary<string, Quantity>.Empty;

    /// <summary>One-time token for the first start.</summary>
    /// <value>Default: none.</value>
    public string? JoinToken { get; init; }

    public ImmutableArray<IPAddress> ListenAddresses => Listen.IsEmpty ? Addresses : Listen;
}
