using System.Net;

namespace MemberCluster.Agent.Services.Conntrack;

/// <summary>One connection as the kernel tracks it.</summary>
internal sealed record TrackedFlow
{
    public required ServiceProtocol Protocol { get; init; }

    public required IPEndPoint Client { get; init; }

    /// <summary>Where the client sends to.</summary>
    public required IPEndPoint Target { get; init; }

    /// <summary>Who answers: the pod, when the target was translated.</summary>
    public required IPEndPoint Answerer { get; init; }

    /// <summary>Of TCP, as the kernel counts (enum tcp_conntrack); 0 otherwise.</summary>
    public byte State { get; init; }

    /// <summary>What names it to the kernel.</summary>
    public required byte[] Key { get; init; }

    /// <summary>Somebody still has something to say: from the first packet (1) to the last but one end (5, close wait).</summary>
    public bool IsOpen => Protocol == ServiceProtocol.Tcp && State is >= 1 and <= 5;
}
