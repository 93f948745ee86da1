using System.Collections.Concurrent;
using Federation.Api.Agents;
using MemberCluster.Agent.ClusterRole.Hub;

namespace MemberCluster.Agent.Tests.Support;

internal static class HubExtensions
{
    /// <summary>What one more connection of a node is told, as it comes.</summary>
    public static ConcurrentQueue<WorkEvent> Watch(this NodeHub hub, string node)
    {
        var words = new ConcurrentQueue<WorkEvent>();
        _ = FollowAsync();
        return words;

        async Task FollowAsync()
        {
            await foreach (var word in hub.WatchWorksAsync(node, 0, null, CancellationToken.None))
                words.Enqueue(word);
        }
    }
}
