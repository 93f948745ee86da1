using System.Diagnostics.CodeAnalysis;
using System.Net;
using Federation.Dns.Transfers;
using Federation.Dns.Wire;

namespace Federation.Dns.Updates;

/// <summary>A name server of somebody else that is to have the federation's names, too (RFC 2136).</summary>
/// <param name="Server">The primary of the zone.</param>
/// <param name="Key">Signs updates and transfers: the server must allow it both.</param>
/// <param name="Zone">
/// The server's zone that names go to: the federation's, when its zone is in this one; else those of the Zone object's zone of this name. Null: one that is called like the federation's.
/// </param>
public sealed record UpdateTarget(IPEndPoint Server, DnsName Key, DnsName? Zone)
{
    /// <summary>Whose names go there.</summary>
    /// <param name="main">The federation's own zone.</param>
    internal DnsName ApexOf(DnsName main) => Zone is null || main.IsAtOrBelow(Zone) ? main : Zone;

    /// <summary>Reads <c>192.0.2.7:53@key</c> or <c>192.0.2.7:53@key/example.com</c>; the port may be missing.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out UpdateTarget? target)
    {
        ArgumentNullException.ThrowIfNull(text);
        target = null;
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        DnsName? zone = null;
        if (slash >= 0 && !DnsName.TryParse(text[(slash + 1)..], out zone))
            return false;
        if (!PeerText.TrySplit(slash < 0 ? text : text[..slash], out var place, out var key) || key is null || !PeerText.TryServer(place, out var server))
            return false;
        target = new UpdateTarget(server, key, zone);
        return true;
    }
}
