using System.CommandLine;
using Federation.Api.Json;
using Federation.Api.Nodes;
using MemberCluster.Agent.ClusterRole.Listening;

namespace MemberCluster.Agent.Hosting;

/// <summary>Commands beside a cluster agent, on its data directory: whom it lets in, and whom it gives up.</summary>
internal static class NodeCommands
{
    private static readonly TimeSpan LongestValidity = TimeSpan.FromDays(365);

    public static Command Token(Option<string> data)
    {
        var node = new Option<string?>("--node") { Description = "The only node that may use the token. [default: any that is not at work]" };
        var valid = new Option<string>("--valid") { Description = "How long it can be used.", DefaultValueFactory = _ => "1h" };
        var uses = new Option<int>("--uses") { Description = "How many nodes can join with it.", DefaultValueFactory = _ => 1 };
        var cluster = new Option<string>("--cluster") { Description = "Of the cluster agent, where it has not started yet.", DefaultValueFactory = _ => "" };
        var command = new Command("node-token", "Make a token with which a machine joins the cluster agent of this data directory, and print it.") { data, node, valid, uses, cluster };
        command.SetAction(parsed =>
        {
            var host = parsed.GetValue(node);
            if (host is not null && NodeNames.Clean(host) != host)
                throw new AgentStartException($"--node: '{host}' is not a valid name of a machine.");
            if (!DurationConverter.TryParse(parsed.GetValue(valid), out var validity) || validity <= TimeSpan.Zero || validity > LongestValidity)
                throw new AgentStartException($"--valid: '{parsed.GetValue(valid)}' is not a duration of at most {LongestValidity.TotalDays:0} days, such as 1h.");
            if (parsed.GetValue(uses) < 1)
                throw new AgentStartException("--uses: must be at least 1.");
            Console.WriteLine(MakeToken(Path.GetFullPath(parsed.GetRequiredValue(data)), parsed.GetRequiredValue(cluster), host, validity, parsed.GetValue(uses)));
            return 0;
        });
        return command;
    }

    public static Command Forget(Option<string> data)
    {
        var node = new Argument<string>("NODE") { Description = "The machine's name within its cluster." };
        var command = new Command("node-forget", "Give a machine up that will not come back: its credential ends, and nothing that only it could confirm is waited for.") { data, node };
        command.SetAction(parsed =>
        {
            var host = parsed.GetRequiredValue(node);
            if (NodeNames.Clean(host) != host || !NodeCredentials.Remove(Path.GetFullPath(parsed.GetRequiredValue(data)), host))
                throw new AgentStartException($"No node {host} has joined.");
            return 0;
        });
        return command;
    }

    internal static string MakeToken(string data, string cluster, string? node, TimeSpan validity, int uses)
    {
        using var certificate = NodeCertificate.LoadOrCreate(data, cluster);
        try
        {
            return NodeSecrets.TokenOf(NodeSecrets.FingerprintOf(certificate), new NodeTokens(data, TimeProvider.System).Create(node, validity, uses));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new AgentStartException($"The token cannot be stored in {data}: {exception.Message}", exception);
        }
    }
}
