using System.Collections.Immutable;
using System.Globalization;
using System.Net;

namespace MemberCluster.Agent.Services.Nftables;

/// <summary>Whether this process may, and this machine can, serve ports in the kernel.</summary>
internal static class KernelAbility
{
    private const int NetworkAdministration = 12;   // CAP_NET_ADMIN
    private const string Forwarding = "/proc/sys/net/ipv4/ip_forward";

    /// <summary>A sample with every kind of rule.</summary>
    private static readonly KernelServices Sample = new()
    {
        Services = new[] { SampleOf("192.0.2.1", "192.0.2.2", ServiceProtocol.Tcp), SampleOf("2001:db8::1", "2001:db8::2", ServiceProtocol.Udp) }
            .ToImmutableDictionary(service => service.Address),
    };

    /// <summary>The program to use; or null and why not.</summary>
    public static async Task<(NftProgram? Nft, string Reason)> FindAsync(IReadOnlyCollection<IPAddress> listen, string table, CancellationToken cancellationToken)
    {
        if (listen.Count > 0 && listen.All(IPAddress.IsLoopback))
            return (null, "ports are opened on loopback addresses only, which the kernel does not translate");
        if (!MayChangeNetwork())
            return (null, "this process may not change the machine's network (CAP_NET_ADMIN)");
        if (ToolProgram.Find("nft") is not { } tool)
            return (null, "the program nft is not installed");
        if (!CanForward())
            return (null, "the machine does not forward packets (net.ipv4.ip_forward is 0)");
        var nft = new NftProgram(tool);
        var problem = await nft.CheckAsync(NftRendering.Full(table + "/check", Sample), cancellationToken);
        return problem is null ? (nft, "the kernel takes the rules") : (null, $"the kernel does not take the rules: {problem}");
    }

    private static KernelService SampleOf(string listen, string other, ServiceProtocol protocol) => new(
        new ServiceAddress(protocol, new IPEndPoint(IPAddress.Parse(listen), 80)),
        [new IPEndPoint(IPAddress.Parse(other), 80), new IPEndPoint(IPAddress.Parse(other), 81)],
        [new KernelPeer(new IPEndPoint(IPAddress.Parse(other), 82), 3)]);

    private static bool MayChangeNetwork()
    {
        const string Effective = "CapEff:";
        try
        {
            var line = File.ReadLines("/proc/self/status").FirstOrDefault(line => line.StartsWith(Effective, StringComparison.Ordinal));
            return line is not null && ulong.TryParse(line.AsSpan(Effective.Length).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var granted)
                && (granted & (1UL << NetworkAdministration)) != 0;
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>Containers need it as well, so an engine has switched it on, or may still do so.</summary>
    private static bool CanForward()
    {
        try
        {
            if (File.ReadAllText(Forwarding).Trim() == "0")
                File.WriteAllText(Forwarding, "1");
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
