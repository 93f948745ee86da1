using Federation.Api.Clusters;
using Federation.Api.Meta;
using Federation.Api.Nodes;
using Federation.Client;
using Spectre.Console;

namespace Federation.Cli.Commands;

/// <summary>Says when no client is sent to a drained machine any more: DNS does not answer with its address, and what was answered before is over.</summary>
internal sealed class DrainedNames(FederationClient client, IAnsiConsole console, TimeProvider time, string node)
{
    /// <summary>Name servers hear of a change within it, and resolvers count in whole seconds.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(1);

    private readonly string _cluster = node[..node.IndexOf('.', StringComparison.Ordinal)];
    private string? _address;
    private long? _leftAt;
    private TimeSpan _hold;
    private bool _isNothingToWaitFor;

    /// <returns>How long resolvers may still hold its address; null: DNS answers with it.</returns>
    public async Task<TimeSpan?> LookAsync(CancellationToken cancellationToken)
    {
        if (_leftAt is null && !_isNothingToWaitFor)
            await AskAsync(cancellationToken);
        if (_isNothingToWaitFor)
            return TimeSpan.Zero;
        return _leftAt is { } leftAt ? _hold - time.GetElapsedTime(leftAt) : null;
    }

    private async Task AskAsync(CancellationToken cancellationToken)
    {
        _address ??= AddressOf(await client.FindAsync<Node>(node, cancellationToken: cancellationToken));
        var cluster = await client.FindAsync<Cluster>(_cluster, cancellationToken: cancellationToken);
        // A cluster with addresses of its own sends clients to machines itself.
        if (_address is null || cluster is null or { Spec.Addresses.Count: > 0 } or { Status.LongestTtl: null })
        {
            _isNothingToWaitFor = true;
        }
        else if (!cluster.Status.Addresses.Contains(_address))
        {
            _leftAt = time.GetTimestamp();
            _hold = TimeSpan.FromSeconds(cluster.Status.LongestTtl.Value) + Margin;
            console.WriteLine($"DNS does not answer with {_address} any more; resolvers forget it within {_hold.TotalSeconds:0} s");
        }
        else if (!await IsOtherAsync(cluster, cancellationToken))
        {
            _isNothingToWaitFor = true;
            console.WriteLine($"DNS goes on answering with {_address}: no other machine of {_cluster} takes clients");
        }
    }

    private async Task<bool> IsOtherAsync(Cluster cluster, CancellationToken cancellationToken)
    {
        var closed = cluster.Spec.Nodes.Where(wish => wish is { Unschedulable: true } or { Drain: true }).Select(wish => NodeNames.Of(_cluster, wish.Name)).Append(node).ToHashSet();
        var machines = await client.ListAsync<Node>(new ListQuery(), cancellationToken);
        return machines.Items.Any(other =>
            other.Metadata.Name.StartsWith($"{_cluster}.", StringComparison.Ordinal) && !closed.Contains(other.Metadata.Name) && other.Spec.Unschedulable != true
            && other.Status.Conditions.IsTrue(NodeConditions.Ready) && AddressOf(other) is { } address && address != _address);
    }

    private static string? AddressOf(Node? machine) => machine?.Status.Addresses.FirstOrDefault(address => address.Type == "InternalIP")?.Address;
}
