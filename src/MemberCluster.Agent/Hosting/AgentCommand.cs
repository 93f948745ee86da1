using System.Collections.Immutable;
using System.CommandLine;
using System.CommandLine.Parsing;
using System.Net;
using Federation.Api.Json;
using Federation.Api.Nodes;
using Federation.Api.Quantities;
using MemberCluster.Agent.Services;
using Microsoft.Extensions.Logging;

namespace MemberCluster.Agent.Hosting;

/// <summary>The command line of <c>federation-agent</c>. Each option can come from the environment instead; the command line wins.</summary>
internal static class AgentCommand
{
    public static RootCommand Create(Func<AgentOptions, LogLevel, CancellationToken, Task<int>> run, Func<string, string?> environment)
    {
        var defaults = new AgentOptions { Cluster = "", Region = "" };
        Option<T> Option<T>(string name, string variable, string description, Func<string, T> parse, T otherwise) => new(name)
        {
            Description = $"{description} [env: {variable}]",
            DefaultValueFactory = result => environment(variable) is { Length: > 0 } text ? Parse(text, parse, result, name, otherwise) : otherwise,
            CustomParser = result => Parse(result.Tokens.Count == 1 ? result.Tokens[0].Value : "", parse, result, name, otherwise),
            Arity = ArgumentArity.ExactlyOne,
        };
        Option<string[]> Many(string name, string variable, string description) => new(name)
        {
            Description = $"{description} [env: {variable}, separated by commas]",
            DefaultValueFactory = _ => environment(variable)?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [],
            Arity = ArgumentArity.ZeroOrMore,
        };

        var controlPlane = Option("--control-plane", "FEDERATION_CONTROL_PLANE", "URL of the gateway.", text => new Uri(text, UriKind.Absolute), defaults.ControlPlane);
        var ca = Option<string?>("--ca", "FEDERATION_CA", "PEM file with the authority of the gateway's certificate.", text => text, null);
        var cluster = Option("--cluster", "FEDERATION_CLUSTER", "Name of this cluster; unique in the federation. Required.", text => text, "");
        var region = Option("--region", "FEDERATION_REGION", "Region of this cluster. Required.", text => text, "");
        var zone = Option<string?>("--zone", "FEDERATION_ZONE", "Zone within the region.", text => text, null);
        var provider = Option<string?>("--provider", "FEDERATION_PROVIDER", "Who runs the machines.", text => text, null);
        var addresses = Many("--address", "FEDERATION_ADDRESSES", "An IP address where clients reach this machine's exposed ports. Repeatable.");
        var clusterAddresses = Many("--cluster-address", "FEDERATION_CLUSTER_ADDRESSES", "An IP address that DNS answers for the cluster, in place of its machines' addresses. Repeatable.");
        var role = Option("--role", "FEDERATION_ROLE", "What this process is: cluster, node, or cluster,node.", RoleRules.Parse, defaults.Roles);
        var node = Option("--node", "FEDERATION_NODE", "Name of this machine within its cluster.", text => NodeNames.Clean(text) == text ? text : throw new FormatException(), defaults.Node);
        var clusterAgent = Option<Uri?>("--cluster-agent", "FEDERATION_CLUSTER_AGENT", "Role node: URL where the cluster agent listens for nodes.", text => new Uri(text, UriKind.Absolute), null);
        var nodeListen = Option<IPEndPoint?>("--node-listen", "FEDERATION_NODE_LISTEN", "Role cluster: IP:PORT to listen on for nodes on other machines.", IPEndPoint.Parse, null);
        var nodeTokenFile = Option<string?>("--node-token-file", "FEDERATION_NODE_TOKEN_FILE", "Role cluster: file with a secret that lets any machine join.", text => text, null);
        var nodeLabels = Many("--node-label", "FEDERATION_NODE_LABELS", "A label of this machine, key=value. Repeatable.");
        var taints = Many("--taint", "FEDERATION_TAINTS", "What keeps pods away from this machine, key=value:NoSchedule. Repeatable.");
        var nodeLease = Option("--node-lease", "FEDERATION_NODE_LEASE", "Role cluster: a node that is silent longer is not Ready.", ParseDuration, defaults.NodeLease);
        var nodeMoveAfter = Option("--node-move-after", "FEDERATION_NODE_MOVE_AFTER", "Role cluster: a node that is not Ready for so long loses its share to others.", ParseDuration, defaults.NodeMoveAfter);
        var listen = Many("--listen", "FEDERATION_LISTEN", "An IP address to open exposed ports on, where it is not the advertised one. Repeatable.");
        var plane = Option(
            "--service-plane", "FEDERATION_SERVICE_PLANE", "What serves exposed ports: nftables (the kernel), proxy (the agent itself), or auto.",
            text => Enum.Parse<ServicePlaneKind>(text, ignoreCase: true), defaults.ServicePlane);
        var zoneName = Option<string?>("--zone-name", "FEDERATION_ZONE_NAME", "The federation's DNS zone, for names that containers look up.", text => text, null);
        var dnsServers = Many("--dns-server", "FEDERATION_DNS_SERVERS", "A name server of the federation, IP or IP:port, for containers' questions about its zone. Repeatable.");
        var labels = Many("--label", "FEDERATION_LABELS", "A label of the cluster, key=value. Repeatable.");
        var data = Option("--data", "FEDERATION_DATA", "Directory for the credential and the durable copy of the works.", text => text, defaults.Data);
        var runtime = Option("--runtime-dir", "FEDERATION_RUNTIME_DIR", "Directory on a tmpfs for secrets: they never touch a disk.", text => text, defaults.RuntimeDirectory);
        var gcHigh = Option("--image-gc-high", "FEDERATION_IMAGE_GC_HIGH", "Percent of the engine's disk above which unused images that the agent pulled are removed.", Percent, defaults.ImageGc.High);
        var gcLow = Option("--image-gc-low", "FEDERATION_IMAGE_GC_LOW", "Percent of the engine's disk down to which they are removed.", Percent, defaults.ImageGc.Low);
        var docker = Option("--docker", "DOCKER_HOST", "The container engine: unix://path or tcp://host:port.", text => text, defaults.Docker);
        var capacity = Many("--capacity", "FEDERATION_CAPACITY", "What the cluster may run at most, such as cpu=4,memory=8Gi,pods=50; what is missing comes from the engine.");
        var allowPrivileged = new Option<bool>("--allow-privileged")
        {
            Description = "Pods may have privileged containers, which can do everything on this machine. [env: FEDERATION_ALLOW_PRIVILEGED]",
            DefaultValueFactory = _ => environment("FEDERATION_ALLOW_PRIVILEGED") is "true" or "1",
        };
        var allowUnguarded = new Option<bool>("--allow-unguarded-pets")
        {
            Description = "Fenced pets may run although no watchdog would end them if the agent could not. [env: FEDERATION_ALLOW_UNGUARDED_PETS]",
            DefaultValueFactory = _ => environment("FEDERATION_ALLOW_UNGUARDED_PETS") is "true" or "1",
        };
        var allowHostPaths = Many("--allow-host-path", "FEDERATION_ALLOW_HOST_PATHS", "A path of this machine that pods may mount, with everything below it. Repeatable.");
        var snapshots = Option<string?>("--snapshots", "FEDERATION_SNAPSHOTS", "Directory where snapshots of pets' volumes are stored; without it this machine stores none.", text => text, null);
        var token = Option<string?>("--join-token", "FEDERATION_JOIN_TOKEN", "One-time token for the first start.", text => text, null);
        var tokenFile = Option<string?>("--join-token-file", "FEDERATION_JOIN_TOKEN_FILE", "File with the one-time token.", text => text, null);
        var level = Option("--log-level", "FEDERATION_LOG_LEVEL", "Trace, Debug, Information, Warning, Error.", text => Enum.Parse<LogLevel>(text, ignoreCase: true), LogLevel.Information);

        var root = new RootCommand("The agent of one member cluster: runs what the federation asks for, and says how it goes.");
        Option[] all =
        [
            role, controlPlane, ca, cluster, region, zone, provider, labels, data, runtime, gcHigh, gcLow, docker, capacity, token, tokenFile, level,
            addresses, clusterAddresses, listen, plane, zoneName, dnsServers, allowPrivileged, allowUnguarded, allowHostPaths, snapshots,
            node, clusterAgent, nodeListen, nodeTokenFile, nodeLabels, taints, nodeLease, nodeMoveAfter,
        ];
        foreach (var option in all)
            root.Options.Add(option);
        root.SetAction(async (parsed, cancellationToken) =>
        {
            var options = new AgentOptions
            {
                ControlPlane = parsed.GetRequiredValue(controlPlane),
                CaFile = parsed.GetValue(ca),
                Cluster = Named(parsed.GetValue(cluster), "--cluster"),
                Region = Named(parsed.GetValue(region), "--region"),
                Zone = parsed.GetValue(zone),
                Provider = parsed.GetValue(provider),
                Addresses = Addresses(parsed.GetValue(addresses), "--address"),
                ClusterAddresses = Addresses(parsed.GetValue(clusterAddresses), "--cluster-address"),
                Roles = parsed.GetValue(role),
                Node = parsed.GetRequiredValue(node),
                ClusterAgent = parsed.GetValue(clusterAgent),
                NodeListen = parsed.GetValue(nodeListen),
                NodeToken = TokenIn(parsed.GetValue(nodeTokenFile)),
                NodeLabels = Pairs(parsed.GetValue(nodeLabels), "--node-label", text => text),
                Taints = [.. (parsed.GetValue(taints) ?? []).Select(RoleRules.ParseTaint)],
                NodeLease = parsed.GetValue(nodeLease),
                NodeMoveAfter = parsed.GetValue(nodeMoveAfter),
                Listen = Addresses(parsed.GetValue(listen), "--listen"),
                ServicePlane = parsed.GetValue(plane),
                ZoneName = parsed.GetValue(zoneName)?.TrimEnd('.').ToLowerInvariant(),
                DnsServers = NameServers(parsed.GetValue(dnsServers), "--dns-server"),
                Labels = Pairs(parsed.GetValue(labels), "--label", text => text),
                Data = Path.GetFullPath(parsed.GetRequiredValue(data)),
                RuntimeDirectory = Path.GetFullPath(parsed.GetRequiredValue(runtime)),
                ImageGc = Limits(parsed.GetValue(gcHigh), parsed.GetValue(gcLow)),
                Docker = parsed.GetRequiredValue(docker),
                Capacity = Pairs(parsed.GetValue(capacity), "--capacity", Quantity.Parse),
                AllowPrivileged = parsed.GetValue(allowPrivileged),
                AllowUnguardedPets = parsed.GetValue(allowUnguarded),
                AllowHostPaths = Paths(parsed.GetValue(allowHostPaths), "--allow-host-path"),
                Snapshots = parsed.GetValue(snapshots) is { } kept ? Path.GetFullPath(kept) : null,
                JoinToken = parsed.GetValue(token) ?? TokenIn(parsed.GetValue(tokenFile)),
            };
            return await run(RoleRules.Check(options), parsed.GetValue(level), cancellationToken);
        });
        root.Subcommands.Add(PurgeCommand(cluster, docker));
        root.Subcommands.Add(NodeCommands.Token(data));
        root.Subcommands.Add(NodeCommands.Forget(data));
        return root;
    }

    private static Command PurgeCommand(Option<string> cluster, Option<string> docker)
    {
        var purge = new Command("purge", "Remove every container and the network of a cluster that is given up from the engine, and its rules from the kernel.") { cluster, docker };
        purge.SetAction((parsed, cancellationToken) =>
            Purge.RunAsync(new AgentOptions { Cluster = Named(parsed.GetValue(cluster), "--cluster"), Region = "", Docker = parsed.GetRequiredValue(docker) }, cancellationToken));
        return purge;
    }

    private static int Percent(string text) => int.Parse(text, System.Globalization.CultureInfo.InvariantCulture) is var percent and >= 0 and <= 100 ? percent : throw new FormatException();

    private static Images.ImageGcLimits Limits(int high, int low) =>
        low <= high ? new Images.ImageGcLimits(high, low) : throw new AgentStartException($"--image-gc-low ({low}) must not be above --image-gc-high ({high}).");

    private static T Parse<T>(string text, Func<string, T> parse, SymbolResult result, string name, T otherwise)
    {
        try
        {
            return parse(text);
        }
        catch (Exception exception) when (exception is FormatException or ArgumentException)
        {
            result.AddError($"{name}: '{text}' is not valid.");
            return otherwise;
        }
    }

    private static TimeSpan ParseDuration(string text) =>
        DurationConverter.TryParse(text, out var duration) && duration >= TimeSpan.FromSeconds(1) ? duration : throw new FormatException();

    private static string Named(string? value, string option) =>
        value is { Length: > 0 } ? value : throw new AgentStartException($"Option {option} is required.");

    private static ImmutableArray<string> Paths(string[]? texts, string option) =>
        [.. (texts ?? []).Select(text => text.StartsWith('/') ? text : throw new AgentStartException($"{option}: '{text}' is not an absolute path."))];

    private static ImmutableArray<IPAddress> Addresses(string[]? texts, string option) =>
    [
        .. (texts ?? []).SelectMany(text => text.Split(',', StringSplitOptions.RemoveEmptyEntries))
            .Select(text => IPAddress.TryParse(text, out var address) ? address : throw new AgentStartException($"{option}: '{text}' is not an IP address.")),
    ];

    private static ImmutableArray<IPEndPoint> NameServers(string[]? texts, string option) =>
    [
        .. (texts ?? []).SelectMany(text => text.Split(',', StringSplitOptions.RemoveEmptyEntries)).Select(text =>
            IPAddress.TryParse(text, out var address) ? new IPEndPoint(address, 53)
            : IPEndPoint.TryParse(text, out var server) && server.Port > 0 ? server
            : throw new AgentStartException($"{option}: '{text}' is not an IP address, with or without a port.")),
    ];

    private static ImmutableDictionary<string, T> Pairs<T>(string[]? texts, string option, Func<string, T> parse)
    {
        var pairs = ImmutableDictionary.CreateBuilder<string, T>();
        foreach (var text in (texts ?? []).SelectMany(text => text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)))
        {
            var parts = text.Split('=', 2);
            try
            {
                pairs[parts[0]] = parse(parts.Length == 2 ? parts[1] : throw new FormatException());
            }
            catch (FormatException exception)
            {
                throw new AgentStartException($"{option}: '{text}' is not of the form key=value.", exception);
            }
        }

        return pairs.ToImmutable();
    }

    /// <summary>A file that is not there is no token: after the first start it may have been removed.</summary>
    private static string? TokenIn(string? path)
    {
        if (path is null || !File.Exists(path))
            return null;
        try
        {
            return File.ReadAllText(path).Trim();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new AgentStartException($"The join token in {path} cannot be read: {exception.Message}", exception);
        }
    }
}
