namespace Federation.Api.Agents;

/// <summary>The gateway's endpoints for agents. All but <see cref="Join"/> and <see cref="Tokens"/> take the agent's own credential.</summary>
public static class AgentPaths
{
    public const string Join = "/agent/v1/join";
    public const string Tokens = "/agent/v1/tokens";

    /// <summary>GET, <c>?since=&lt;revision&gt;&amp;store=&lt;identity&gt;</c>: newline-delimited <see cref="WorkEvent"/>s, until either side ends it.</summary>
    public static string Works(string cluster) => $"/agent/v1/clusters/{cluster}/works";

    /// <summary>POST a <see cref="Report"/>, answered by a <see cref="ReportAnswer"/>.</summary>
    public static string Reports(string cluster) => $"/agent/v1/clusters/{cluster}/reports";

    /// <summary>GET: the control plane's requests for logs, as newline-delimited <see cref="StreamRequest"/>s (an agent never listens to the control plane).</summary>
    public static string Streams(string cluster) => $"/agent/v1/clusters/{cluster}/streams";

    /// <summary>POST: the bytes that answer one stream request, chunked, until done.</summary>
    public static string Stream(string cluster, string id) => $"/agent/v1/clusters/{cluster}/streams/{id}";
}

/// <summary>Asks the agent to open a stream and to POST what comes out of it to <see cref="AgentPaths.Stream"/>.</summary>
public sealed record StreamRequest
{
    public string Id { get; init; } = "";

    /// <summary><c>Logs</c>, or <c>Ping</c> as a sign of life that needs no answer.</summary>
    public StreamKind Kind { get; init; }
    public string Namespace { get; init; } = "";
    public string Pod { get; init; } = "";
    public string? Container { get; init; }
    public bool Follow { get; init; }
    public bool Previous { get; init; }
    public int? TailLines { get; init; }
    public int? SinceSeconds { get; init; }
    public bool Timestamps { get; init; }
}

public enum StreamKind
{
    Ping,
    Logs,
}
