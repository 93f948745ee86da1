using System.Security.Cryptography;
using System.Text;

namespace MemberCluster.Agent.Services.Nftables;

/// <summary>What things are called in the kernel.</summary>
internal static class NftNames
{
    /// <summary>On every connection that this plane sends somewhere, in the connection's mark; other bits are other programs'.</summary>
    public const uint Mark = 0x10000000;

    private const string Prefix = "federation/";

    /// <summary>An agent's own table.</summary>
    public static string TableOf(string cluster, string? node = null) => node is null ? Prefix + Plain(cluster) : $"{Prefix}{Plain(cluster)}/{Plain(node)}";

    /// <summary>Whether a table is one of the cluster's, on whatever node.</summary>
    public static bool IsOf(string cluster, string table) =>
        table == TableOf(cluster) || table.StartsWith(TableOf(cluster) + "/", StringComparison.Ordinal);

    public static string ChainOf(ServiceAddress address) =>
        $"{(address.Protocol == ServiceProtocol.Udp ? "udp" : "tcp")}-{address.Listen.Address.ToString().Replace(':', '_')}-{address.Listen.Port}";

    /// <summary>The kernel's language takes letters, digits, and some signs.</summary>
    private static string Plain(string name) =>
        name.Length <= 100 && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '.')
            ? name
            : "x" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)).AsSpan(0, 16));
}
