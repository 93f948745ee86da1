using System.Security.Cryptography;
using Federation.Api.Agents;
using Federation.Api.Json;
using Federation.Domain.Scheduling.Nodes;

namespace MemberCluster.Agent.ClusterRole.Hub;

/// <summary>A cluster's work as one node is sent it. Pure.</summary>
internal static class WorkRendering
{
    /// <summary>The work with the node's share of it.</summary>
    public static Work Of(Work work, NodeShare share, long revision) => NodePlanner.WorkOf(work, share) with { Revision = revision };

    /// <summary>Equal exactly when the node has nothing to learn from the one that it does not know from the other.</summary>
    public static string DigestOf(Work rendered) =>
        Convert.ToHexStringLower(SHA256.HashData(ApiJson.ToUtf8(rendered with { Revision = 0, Generation = 0 })));
}
