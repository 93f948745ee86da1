using Federation.Api.Clusters;
using Federation.Api.Validation;
using MemberCluster.Agent.ClusterRole.Listening;

namespace MemberCluster.Agent.Hosting;

/// <summary>Which options go with which roles, and how their texts are read.</summary>
internal static class RoleRules
{
    /// <exception cref="FormatException">There is a role that does not exist, or none.</exception>
    public static AgentRoles Parse(string text)
    {
        var roles = text.Split(',', StringSplitOptions.TrimEntries).Select(role => role switch
        {
            "cluster" => AgentRoles.Cluster,
            "node" => AgentRoles.Node,
            _ => throw new FormatException(),
        });
        return roles.Aggregate((left, right) => left | right);
    }

    /// <summary><c>key[=value]:NoSchedule</c></summary>
    public static Taint ParseTaint(string text)
    {
        var (pair, effect) = text.Split(':', 2) is [var before, var after] ? (before, after) : (text, "");
        var parts = pair.Split('=', 2);
        if (!Syntax.IsQualifiedName(parts[0]) || (parts.Length == 2 && !Syntax.IsLabelValue(parts[1])))
            throw new AgentStartException($"--taint: '{text}' is not of the form key=value:NoSchedule.");
        return effect == "NoSchedule"
            ? new Taint { Key = parts[0], Value = parts.Length == 2 ? parts[1] : null, Effect = effect }
            : throw new AgentStartException($"--taint: '{text}': the only effect is NoSchedule.");
    }

    /// <exception cref="AgentStartException">Options that do not go together.</exception>
    public static AgentOptions Check(AgentOptions options)
    {
        if (options.Roles == AgentRoles.Node)
        {
            if (options.ClusterAgent is null)
                throw new AgentStartException("Role node alone needs --cluster-agent: the URL where the cluster agent listens for nodes.");
            if (options.ClusterAgent.Scheme != Uri.UriSchemeHttps)
                throw new AgentStartException($"--cluster-agent: '{options.ClusterAgent}' must begin with https://.");
            if (options.NodeListen is not null)
                throw new AgentStartException("--node-listen is for role cluster.");
        }
        else if (options.ClusterAgent is not null)
        {
            throw new AgentStartException("--cluster-agent is for role node alone: with role cluster, the cluster agent is this process.");
        }

        if (options.Roles == AgentRoles.Cluster && options.NodeListen is null)
            throw new AgentStartException("Role cluster alone needs --node-listen: without it no node could be reached.");
        if (options.NodeToken is { Length: < NodeSecrets.LeastPresetLength })
            throw new AgentStartException($"The secret of --node-token-file must have at least {NodeSecrets.LeastPresetLength} characters.");
        foreach (var (key, value) in options.NodeLabels)
        {
            if (!Syntax.IsQualifiedName(key) || !Syntax.IsLabelValue(value))
                throw new AgentStartException($"--node-label: '{key}={value}' is not a valid label.");
        }

        return options;
    }
}
