using System.Text.Json.Nodes;
using Federation.Api.Clusters;
using Federation.Api.Daemons;
using Federation.Api.Json;
using Federation.Api.Nodes;
using Federation.Api.Pods;

namespace Federation.Client;

/// <summary>What people do to machines.</summary>
public static class NodeOperations
{
    /// <summary>The Cluster's controller writes its status while one asks for something else.</summary>
    private const int Attempts = 10;

    /// <summary>Nothing new is placed on the machine; what runs stays.</summary>
    /// <param name="node">As the Node is named: <c>&lt;cluster&gt;.&lt;host&gt;</c>.</param>
    public static Task<Node> CordonAsync(this FederationClient client, string node, CancellationToken cancellationToken = default) =>
        SetUnschedulableAsync(client, node, true, cancellationToken);

    /// <summary>The machine takes pods again; ends a drain.</summary>
    /// <param name="node">As the Node is named.</param>
    public static Task<Node> UncordonAsync(this FederationClient client, string node, CancellationToken cancellationToken = default) =>
        SetUnschedulableAsync(client, node, null, cancellationToken);

    /// <summary>What runs on the machine begins to move to others; <see cref="ListMovablePodsAsync"/> says how far it is.</summary>
    /// <param name="node">As the Node is named.</param>
    /// <exception cref="StatusException">There is no such machine, or the Cluster is being written all the time.</exception>
    public static async Task DrainAsync(this FederationClient client, string node, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(client);
        // Else a slip of the pen would be a wish for a machine that may come one day.
        await client.GetAsync<Node>(node, cancellationToken: cancellationToken);
        var dot = node.IndexOf('.', StringComparison.Ordinal);
        var (name, host) = (node[..dot], node[(dot + 1)..]);
        for (var attempt = 1; ; attempt++)
        {
            var cluster = await client.GetAsync<Cluster>(name, cancellationToken: cancellationToken);
            var entry = cluster.Spec.Nodes.FirstOrDefault(entry => entry.Name == host) ?? new NodeSettings { Name = host };
            if (entry.Drain == true)
                return;
            IReadOnlyList<NodeSettings> nodes = [.. cluster.Spec.Nodes.Where(other => other.Name != host), entry with { Drain = true }];
            var patch = new JsonObject
            {
                ["metadata"] = new JsonObject { ["resourceVersion"] = cluster.Metadata.ResourceVersion },
                ["spec"] = new JsonObject { ["nodes"] = JsonNode.Parse(ApiJson.ToUtf8(nodes)) },
            };
            try
            {
                await client.PatchAsync<Cluster>(name, patch, cancellationToken: cancellationToken);
                return;
            }
            catch (StatusException overtaken) when (overtaken.IsConflict && attempt < Attempts)
            {
                // Made again from the newer Cluster.
            }
        }
    }

    /// <summary>The pods of the machine that a drain moves away: not those of Daemons, nor those that have ended.</summary>
    /// <param name="node">As the Node is named.</param>
    public static async Task<IReadOnlyList<Pod>> ListMovablePodsAsync(this FederationClient client, string node, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(client);
        var pods = await client.ListAsync<Pod>(new ListQuery { FieldSelector = $"spec.nodeName={node}" }, cancellationToken);
        return [.. pods.Items.Where(pod => pod.Status.Phase is not ("Succeeded" or "Failed") && !pod.Metadata.OwnerReferences.Any(owner => owner is { Controller: true, Kind: Daemon.KindName }))];
    }

    private static Task<Node> SetUnschedulableAsync(FederationClient client, string node, bool? value, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(client);
        return client.PatchAsync<Node>(node, new JsonObject { ["spec"] = new JsonObject { ["unschedulable"] = value } }, cancellationToken: cancellationToken);
    }
}
