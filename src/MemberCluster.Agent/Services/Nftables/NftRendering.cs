using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace MemberCluster.Agent.Services.Nftables;

/// <summary>Writes the kernel's rules, in the language of <c>nft -f</c>. Pure; each text is one transaction.</summary>
/// <remarks>
/// <code>
/// first packet of a connection (prerouting, or output for clients on the machine itself)
///   address . port ─▶ the service's chain
///     from a peer ──────────────▶ …/own    one of this node's pods
///     else by weight ───────────▶ …/own or …/peers (another node)
///     nobody ready ─────────────▶ nothing; input resets TCP, and refuses UDP
/// postrouting: what goes to a peer, and from a pod to a pod of the same network, comes from this node
/// </code>
/// Later packets follow the connection's entry in the kernel's table, whatever the rules say by then: that is what lets a pod that left finish.
/// </remarks>
internal static class NftRendering
{
    private static readonly ImmutableArray<Family> Families =
    [
        new("4", "ip", "ipv4_addr", AddressFamily.InterNetwork),
        new("6", "ip6", "ipv6_addr", AddressFamily.InterNetworkV6),
    ];

    private sealed record Family(string Suffix, string Keyword, string Type, AddressFamily Of);

    /// <summary>Replaces whatever was in the table.</summary>
    public static string Full(string table, KernelServices services)
    {
        var text = new StringBuilder();
        // Added first: only what is there can be deleted.
        text.Append($"add table inet {table}\ndelete table inet {table}\nadd table inet {table}\n");
        AppendFrame(text, table);
        AppendSets(text, table, services);
        foreach (var service in Sorted(services.Services.Values))
            AppendNew(text, table, service);
        return text.ToString();
    }

    /// <summary>The steps from one state to another; empty when there are none.</summary>
    public static string Change(string table, KernelServices before, KernelServices after)
    {
        var text = new StringBuilder();
        if (!before.Peers.SetEquals(after.Peers) || !before.PodNetworks.SetEquals(after.PodNetworks))
        {
            foreach (var set in (string[])["peers4", "peers6", "pods4", "pods6"])
                text.Append($"flush set inet {table} {set}\n");
            AppendSets(text, table, after);
        }

        foreach (var gone in Sorted(before.Services.Values.Where(service => !after.Services.ContainsKey(service.Address))))
            AppendGone(text, table, gone.Address);
        foreach (var service in Sorted(after.Services.Values))
        {
            if (!before.Services.TryGetValue(service.Address, out var known))
                AppendNew(text, table, service);
            else if (!known.Equals(service))
                AppendChanged(text, table, service);
        }

        return text.ToString();
    }

    private static IOrderedEnumerable<KernelService> Sorted(IEnumerable<KernelService> services) => services.OrderBy(service => NftNames.ChainOf(service.Address), StringComparer.Ordinal);

    private static void AppendFrame(StringBuilder text, string table)
    {
        foreach (var family in Families)
        {
            foreach (var protocol in (string[])["tcp", "udp"])
                text.Append($"add map inet {table} {protocol}{family.Suffix} {{ type {family.Type} . inet_service : verdict; }}\n");
            text.Append($"add set inet {table} served{family.Suffix} {{ type {family.Type} . inet_proto . inet_service; }}\n");
            text.Append($"add set inet {table} peers{family.Suffix} {{ type {family.Type}; }}\n");
            text.Append($"add set inet {table} pods{family.Suffix} {{ type {family.Type}; flags interval; auto-merge; }}\n");
        }

        // Before the engine's own rules for published ports (at -100), so that whoever holds the port has it.
        text.Append($"add chain inet {table} prerouting {{ type nat hook prerouting priority -105; policy accept; }}\n");
        text.Append($"add chain inet {table} output {{ type nat hook output priority -105; policy accept; }}\n");
        text.Append($"add chain inet {table} postrouting {{ type nat hook postrouting priority 95; policy accept; }}\n");
        text.Append($"add chain inet {table} input {{ type filter hook input priority -5; policy accept; }}\n");
        text.Append($"add chain inet {table} refuse\n");
        text.Append($"add rule inet {table} refuse meta l4proto tcp reject with tcp reset\n");
        text.Append($"add rule inet {table} refuse reject\n");
        foreach (var family in Families)
        {
            var (suffix, ip) = (family.Suffix, family.Keyword);
            foreach (var hook in (string[])["prerouting", "output"])
            {
                foreach (var protocol in (string[])["tcp", "udp"])
                    text.Append($"add rule inet {table} {hook} {ip} daddr . {protocol} dport vmap @{protocol}{suffix}\n");
            }

            text.Append($"add rule inet {table} input ct state new {ip} daddr . meta l4proto . th dport @served{suffix} goto refuse\n");
            text.Append($"add rule inet {table} postrouting ct mark and {Mark} == {Mark} {ip} daddr @peers{suffix} snat {ip} to ct original {ip} daddr\n");
            text.Append($"add rule inet {table} postrouting ct mark and {Mark} == {Mark} {ip} saddr @pods{suffix} {ip} daddr @pods{suffix} masquerade\n");
        }
    }

    private static void AppendSets(StringBuilder text, string table, KernelServices services)
    {
        foreach (var family in Families)
        {
            AppendElements(text, table, $"peers{family.Suffix}", services.Peers.Where(peer => peer.AddressFamily == family.Of).Select(peer => peer.ToString()));
            AppendElements(
                text, table, $"pods{family.Suffix}", services.PodNetworks.Where(network => network.BaseAddress.AddressFamily == family.Of).Select(network => network.ToString()));
        }
    }

    private static void AppendElements(StringBuilder text, string table, string set, IEnumerable<string> elements)
    {
        var sorted = elements.Order(StringComparer.Ordinal).ToList();
        if (sorted.Count > 0)
            text.Append($"add element inet {table} {set} {{ {string.Join(", ", sorted)} }}\n");
    }

    private static void AppendNew(StringBuilder text, string table, KernelService service)
    {
        var chain = NftNames.ChainOf(service.Address);
        foreach (var part in Parts(chain))
            text.Append($"add chain inet {table} {part}\n");
        AppendRules(text, table, chain, service);
        var (map, served, key, servedKey) = KeysOf(service.Address);
        text.Append($"add element inet {table} {map} {{ {key} : goto {chain} }}\n");
        text.Append($"add element inet {table} {served} {{ {servedKey} }}\n");
    }

    private static void AppendChanged(StringBuilder text, string table, KernelService service)
    {
        var chain = NftNames.ChainOf(service.Address);
        foreach (var part in Parts(chain))
            text.Append($"flush chain inet {table} {part}\n");
        AppendRules(text, table, chain, service);
    }

    private static void AppendGone(StringBuilder text, string table, ServiceAddress address)
    {
        var chain = NftNames.ChainOf(address);
        var (map, served, key, servedKey) = KeysOf(address);
        text.Append($"delete element inet {table} {map} {{ {key} }}\n");
        text.Append($"delete element inet {table} {served} {{ {servedKey} }}\n");
        foreach (var part in Parts(chain))
            text.Append($"flush chain inet {table} {part}\n");
        foreach (var part in Parts(chain))
            text.Append($"delete chain inet {table} {part}\n");
    }

    private static string[] Parts(string chain) => [chain, $"{chain}/own", $"{chain}/peers"];

    private static (string Map, string Served, string Key, string ServedKey) KeysOf(ServiceAddress address)
    {
        var family = Families.Single(family => family.Of == address.Listen.AddressFamily);
        var protocol = address.Protocol == ServiceProtocol.Udp ? "udp" : "tcp";
        return (protocol + family.Suffix, "served" + family.Suffix, $"{address.Listen.Address} . {address.Listen.Port}", $"{address.Listen.Address} . {protocol} . {address.Listen.Port}");
    }

    private static void AppendRules(StringBuilder text, string table, string chain, KernelService service)
    {
        var ip = service.Address.Listen.AddressFamily == AddressFamily.InterNetworkV6 ? "ip6" : "ip";
        var suffix = ip == "ip6" ? "6" : "4";
        var target = $"meta l4proto {(service.Address.Protocol == ServiceProtocol.Udp ? "udp" : "tcp")} ct mark set ct mark or {Mark} dnat {ip} to ";
        var (own, peers) = (service.IsLeaving ? 0 : service.Own.Length, service.Peers.Sum(peer => Weight(peer)));
        text.Append($"add rule inet {table} {chain} {ip} saddr @peers{suffix} goto {chain}/own\n");
        if (own > 0 && peers > 0)
            text.Append($"add rule inet {table} {chain} numgen random mod {own + peers} vmap {{ {Range(0, own)} : goto {chain}/own, {Range(own, peers)} : goto {chain}/peers }}\n");
        else if (own + peers > 0)
            text.Append($"add rule inet {table} {chain} goto {chain}/{(own > 0 ? "own" : "peers")}\n");
        if (!service.Own.IsEmpty)
            text.Append($"add rule inet {table} {chain}/own {target}{Choice([.. service.Own.Select(address => new KernelPeer(address, 1))])}\n");
        if (peers > 0)
            text.Append($"add rule inet {table} {chain}/peers {target}{Choice(service.Peers)}\n");
    }

    private static string Choice(ImmutableArray<KernelPeer> targets)
    {
        if (targets.Length == 1)
            return Text(targets[0].Address);
        var parts = new List<string>();
        var total = 0;
        foreach (var target in targets)
        {
            parts.Add($"{Range(total, Weight(target))} : {target.Address.Address} . {target.Address.Port}");
            total += Weight(target);
        }

        return $"numgen random mod {total} map {{ {string.Join(", ", parts)} }}";
    }

    private static int Weight(KernelPeer peer) => Math.Clamp(peer.Weight, 1, 10_000);

    private static string Range(int first, int count) => count == 1 ? $"{first}" : $"{first}-{first + count - 1}";

    private static string Text(IPEndPoint address) =>
        address.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{address.Address}]:{address.Port}" : $"{address.Address}:{address.Port}";

    private static string Mark => $"0x{NftNames.Mark:x8}";
}
