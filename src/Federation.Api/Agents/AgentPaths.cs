namespace Federation.Api.Agents;

/// <summary>The gateway's endpoints for agents. All but <see cref="Join"/> and <see cref="Tokens"/> take the agent's own credential.</summary>
public static class AgentPaths
{
    public const string Join = "/agent/v1/join";
    public const string Tokens = "/agent/v1/tokens";

    /// <summary>GET, <c>?since=&lt;revision&gt;&amp;store=&lt;identity&gt;</c>: newline-delimited <see cref="WorkEvent"/>s, until either side ends it.</summary>
    public static string Works(string cluster) => $"/agent/v1/clusters/{cluster}/works";

    /// <summary>GET, answered by <see cref="RegionPeers"/>: whom to measure the distance to.</summary>
    public static string Peers(string cluster) => $"/agent/v1/clusters/{cluster}/peers";

    /// <summary>POST a <see cref="Report"/>, answered by a <see cref="ReportAnswer"/>.</summary>
    public static string Reports(string cluster) => $"/agent/v1/clusters/{cluster}/reports";

    /// <summary>GET: the control plane's requests for logs, commands and ports, as newline-delimited <see cref="StreamRequest"/>s (an agent never listens to the control plane).</summary>
    public static string Streams(string cluster) => $"/agent/v1/clusters/{cluster}/streams";

    /// <summary>Answers one stream request. GET with an upgrade to a WebSocket that carries a <see cref="Streams.StreamTunnel"/>; or POST with <c>?code=&amp;error=</c>, which says why there is none.</summary>
    public static string Stream(string cluster, string id) => $"/agent/v1/clusters/{cluster}/streams/{id}";

    /// <summary>The form of <see cref="Volume"/>.</summary>
    public const string VolumeForm = "/agent/v1/clusters/{cluster}/volumes/{uid}/{ordinal}/{epoch}/{claim}";

    /// <summary>GET, <c>?skip=</c>: a volume of a pet that moves to this cluster, as its present cluster has it (see <see cref="StreamKind.Volume"/>). Refused unless such a move goes on.</summary>
    /// <param name="cluster">Who asks: the cluster that the pet moves to.</param>
    /// <param name="uid">The set's.</param>
    /// <param name="ordinal">The pet's.</param>
    /// <param name="epoch">Names the copy, see <see cref="WorkPetCopy.Epoch"/>.</param>
    /// <param name="claim">The volume claim's name.</param>
    public static string Volume(string cluster, string uid, int ordinal, long epoch, string claim) => $"/agent/v1/clusters/{cluster}/volumes/{uid}/{ordinal}/{epoch}/{claim}";

    /// <summary>The form of <see cref="Snapshot"/>.</summary>
    public const string SnapshotForm = "/agent/v1/clusters/{cluster}/snapshots/{uid}/{id}/{claim}";

    /// <summary>GET, <c>?skip=</c>: a volume of what was taken for a PetSnapshot and is to be stored in this cluster, as the cluster has it that took it (see <see cref="StreamKind.Volume"/>). Refused unless the item is on its way here.</summary>
    /// <param name="cluster">Who asks: the cluster that is to store it.</param>
    /// <param name="uid">The PetSnapshot's.</param>
    /// <param name="id">The item, see <see cref="WorkSnapshotTake.Id"/>.</param>
    /// <param name="claim">The volume claim's name.</param>
    public static string Snapshot(string cluster, string uid, string id, string claim) => $"/agent/v1/clusters/{cluster}/snapshots/{uid}/{id}/{claim}";
}
