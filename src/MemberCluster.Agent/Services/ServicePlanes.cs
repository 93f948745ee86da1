using System.Net;
using MemberCluster.Agent.Services.Nftables;
using MemberCluster.Agent.Services.Peers;
using Microsoft.Extensions.Logging;

namespace MemberCluster.Agent.Services;

/// <summary>Which service plane an agent is asked to use.</summary>
internal enum ServicePlaneKind
{
    /// <summary>The kernel's where that is possible, else the proxy.</summary>
    Auto,
    Nftables,
    Proxy,
}

/// <summary>The service plane that an agent uses, and why.</summary>
/// <param name="Nft">Null: the proxy.</param>
/// <param name="Table">Its table in the kernel.</param>
/// <param name="Reason">Half a sentence.</param>
internal sealed record ServicePlaneChoice(NftProgram? Nft, string Table, string Reason)
{
    public static ServicePlaneChoice Proxy { get; } = new(null, "", "it was asked for");

    public string Name => Nft is null ? "proxy" : "nftables";

    /// <summary>Decides by what was asked for and what is possible here. An agent that was told to use the kernel and cannot gets the proxy only when it was free to choose.</summary>
    /// <returns>The choice; or null and the reason why what was asked for is not possible.</returns>
    public static async Task<(ServicePlaneChoice? Choice, string Reason)> MakeAsync(
        ServicePlaneKind asked, IReadOnlyCollection<IPAddress> listen, string table, CancellationToken cancellationToken)
    {
        if (asked == ServicePlaneKind.Proxy)
            return (Proxy, Proxy.Reason);
        var (nft, reason) = await KernelAbility.FindAsync(listen, table, cancellationToken);
        return nft is not null || asked == ServicePlaneKind.Auto ? (new ServicePlaneChoice(nft, table, reason), reason) : (null, reason);
    }
}

/// <summary>Makes an agent's service plane.</summary>
internal static partial class ServicePlanes
{
    public static IServicePlane Create(ServicePlaneChoice choice, TimeProvider time, ILoggerFactory loggers, Action<ListenerState> onState)
    {
        var logger = loggers.CreateLogger(typeof(ServicePlanes));
        LogChoice(logger, choice.Name, choice.Reason);
        IServicePlane plane = choice.Nft is { } nft
            ? new NftPlane(nft, choice.Table, time, loggers, onState)
            : new ServiceProxy(time, loggers.CreateLogger<ServiceProxy>(), onState);
        return new PeerCheckedPlane(plane, new ConnectProbe(time), time, loggers.CreateLogger<PeerCheckedPlane>());
    }

    /// <summary>Removes what the agents of a cluster have left in the kernel.</summary>
    /// <returns>Null: nothing of it is left. Otherwise why not.</returns>
    public static async Task<string?> RemoveAsync(string cluster, CancellationToken cancellationToken)
    {
        if (ToolProgram.Find("nft") is not { } tool)
            return null;
        var nft = new NftProgram(tool);
        var tables = (await nft.TablesAsync(cancellationToken)).Where(table => NftNames.IsOf(cluster, table)).ToList();
        foreach (var table in tables.Union((await ForwardPermit.TablesAsync(cancellationToken)).Where(table => NftNames.IsOf(cluster, table))))
            await ForwardPermit.RemoveAsync(table, cancellationToken);
        return tables.Count == 0 ? null : await nft.ApplyAsync(string.Concat(tables.Select(table => $"delete table inet {table}\n")), cancellationToken);
    }

    [LoggerMessage(EventId = 330, Level = LogLevel.Information, Message = "Exposed ports are served by {Plane}: {Reason}")]
    private static partial void LogChoice(ILogger logger, string plane, string reason);
}
