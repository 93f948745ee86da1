using System.Diagnostics.CodeAnalysis;
using System.Net;
using Federation.Dns.Wire;

namespace Federation.Dns.Transfers;

/// <summary>Who may have whole zones, and who is told of changes.</summary>
public sealed class TransferOptions
{
    /// <summary>A file with the keys shared with other servers: name, algorithm (<c>hmac-sha256</c>, <c>hmac-sha512</c>) and secret in base64 on each line. Read again when it changes.</summary>
    /// <value>Default: none.</value>
    public string? KeysFile { get; set; }

    /// <summary>Who may transfer zones (AXFR, IXFR); a client that no entry allows is refused.</summary>
    /// <value>Default: nobody.</value>
    public IList<TransferPeer> Allowed { get; } = [];

    /// <summary>Who may also transfer signed zones, whose copies have no signatures: secondaries that sign what they get, with the zone's keys. Need not be in <see cref="Allowed"/> as well.</summary>
    /// <value>Default: nobody; a secondary that serves such a copy as it is serves a zone that validators refuse.</value>
    public IList<TransferPeer> AllowedUnsigned { get; } = [];

    /// <summary>Secondaries that are told when a zone changes (NOTIFY, RFC 1996).</summary>
    /// <value>Default: none.</value>
    public IList<NotifyTarget> Notified { get; } = [];

    /// <summary>Versions of each zone that are kept, so that a secondary gets only what has changed since one of them (IXFR, RFC 1995).</summary>
    /// <value>Default: 256.</value>
    public int JournalVersions { get; set; } = 256;

    /// <summary>Changed names that the versions of one zone may have together; the oldest versions go first.</summary>
    /// <value>Default: 100000.</value>
    public int JournalNames { get; set; } = 100_000;
}

/// <summary>Who may transfer: a network, who has a key, or who has a key in a network.</summary>
/// <param name="Network">Null: wherever it is.</param>
/// <param name="Key">The key's name; null: without a key.</param>
public sealed record TransferPeer(IPNetwork? Network, DnsName? Key)
{
    /// <summary>Reads <c>192.0.2.0/24</c>, <c>192.0.2.7</c>, <c>@key</c> or <c>192.0.2.0/24@key</c>.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out TransferPeer? peer)
    {
        ArgumentNullException.ThrowIfNull(text);
        peer = null;
        if (!PeerText.TrySplit(text, out var place, out var key))
            return false;
        IPNetwork? network = null;
        if (place.Length > 0)
        {
            if (IPNetwork.TryParse(place, out var parsed))
                network = parsed;
            else if (IPAddress.TryParse(place, out var address))
                network = new IPNetwork(address, address.GetAddressBytes().Length * 8);
            else
                return false;
        }

        peer = new TransferPeer(network, key);
        return network is not null || key is not null;
    }

    /// <param name="client">Where the request comes from.</param>
    /// <param name="key">The key that it is signed with; null: none.</param>
    internal bool Allows(ClientAddress client, DnsName? key) =>
        (Network is not { } network || ClientNetwork.From(network).Contains(client)) && (Key is null || Key.Equals(key));
}

/// <summary>A secondary that is told of changes.</summary>
/// <param name="Key">Signs what it is told; null: nothing does.</param>
public sealed record NotifyTarget(IPEndPoint Server, DnsName? Key)
{
    /// <summary>Reads <c>192.0.2.7:53</c> or <c>192.0.2.7:53@key</c>; the port may be missing.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out NotifyTarget? target)
    {
        ArgumentNullException.ThrowIfNull(text);
        target = PeerText.TrySplit(text, out var place, out var key) && PeerText.TryServer(place, out var server) ? new NotifyTarget(server, key) : null;
        return target is not null;
    }
}

/// <summary>The parts of <c>place@key</c>.</summary>
internal static class PeerText
{
    private const int DnsPort = 53;

    public static bool TrySplit(string text, out string place, out DnsName? key)
    {
        var at = text.IndexOf('@', StringComparison.Ordinal);
        (place, key) = (at < 0 ? text : text[..at], null);
        return at < 0 || DnsName.TryParse(text[(at + 1)..], out key);
    }

    public static bool TryServer(string text, [NotNullWhen(true)] out IPEndPoint? server)
    {
        if (!IPEndPoint.TryParse(text, out server))
            return false;
        if (server.Port == 0)
            server = new IPEndPoint(server.Address, DnsPort);
        return true;
    }
}
