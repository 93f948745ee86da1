using System.Net.Sockets;

namespace MemberCluster.Agent.Services;

/// <summary>A port that the agent itself serves.</summary>
internal interface IServiceListener : IAsyncDisposable
{
    BackendPool Pool { get; }

    /// <exception cref="SocketException">The address or port cannot be had.</exception>
    void Start();

    /// <summary>The pool has changed.</summary>
    void Follow();

    /// <summary>Accepts nothing more, and the port is free when this returns; connections that are open go on.</summary>
    void Close();
}
