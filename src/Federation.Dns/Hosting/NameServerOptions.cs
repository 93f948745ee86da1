using System.Net;
using Federation.Dns.Wire;
using Federation.Dns.Zones;

namespace Federation.Dns.Hosting;

/// <summary>How a name server listens and what it serves.</summary>
public sealed class NameServerOptions
{
    public ZoneOptions Zone { get; } = new();

    /// <summary>Where to listen, UDP and TCP on each. Port 0 takes a free one.</summary>
    /// <value>Default: 127.0.0.1:5353.</value>
    public IList<IPEndPoint> Endpoints { get; } = [new IPEndPoint(IPAddress.Loopback, 5353)];

    /// <summary>Sockets and threads for UDP on each endpoint.</summary>
    /// <value>Default: one for each processor, at most 8.</value>
    public int UdpWorkers { get; set; } = Math.Min(Environment.ProcessorCount, 8);

    /// <summary>The largest UDP response in bytes, whatever a client offers; 512 to 4096.</summary>
    /// <value>Default: 1232, which no path fragments.</value>
    public int MaxUdpSize { get; set; } = 1232;

    /// <summary>A TCP connection that sends no whole query for this long is closed.</summary>
    /// <value>Default: 10 s.</value>
    public TimeSpan TcpIdleTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>TCP connections on each endpoint; one more closes the one that has been idle the longest.</summary>
    /// <value>Default: 1000.</value>
    public int MaxTcpConnections { get; set; } = 1000;

    /// <summary>A TCP connection that announces a longer query, in bytes, is closed.</summary>
    /// <value>Default: 4096.</value>
    public int MaxTcpQuerySize { get; set; } = 4096;

    /// <summary>Sentences about what is wrong with these options; empty when nothing is.</summary>
    public IEnumerable<string> FindErrors()
    {
        // Ordinary names are host, namespace, svc and a region, up to 63 bytes each: a long zone leaves them no room.
        if (!DnsName.TryParse(Zone.Zone, out var zone) || zone.IsRoot || zone.Length > 128)
            yield return $"'{Zone.Zone}' cannot be the zone: give a domain name of at most 128 bytes that is not the root.";
        if (Zone.NegativeTtl < TimeSpan.Zero || Zone.ApexTtl < TimeSpan.Zero || Zone.NegativeTtl.TotalSeconds > int.MaxValue || Zone.ApexTtl.TotalSeconds > int.MaxValue)
            yield return "A TTL is between 0 and 2147483647 seconds.";
        if (Zone.MaxAddresses < 0)
            yield return $"{Zone.MaxAddresses} cannot be the most addresses of an answer: give 0 for all, or more.";
        if (Endpoints.Count == 0)
            yield return "The name server has no endpoint to listen on.";
        if (UdpWorkers < 1)
            yield return $"{UdpWorkers} UDP workers answer nothing: give at least 1.";
        if (MaxUdpSize is < 512 or > 4096)
            yield return $"The largest UDP response is between 512 and 4096 bytes, not {MaxUdpSize}.";
        if (TcpIdleTimeout <= TimeSpan.Zero)
            yield return "The idle timeout of TCP connections must be longer than nothing.";
        if (MaxTcpConnections < 1)
            yield return $"{MaxTcpConnections} TCP connections serve nobody: give at least 1.";
        if (MaxTcpQuerySize is < 512 or > ushort.MaxValue)
            yield return $"The longest TCP query is between 512 and 65535 bytes, not {MaxTcpQuerySize}.";
    }
}

/// <summary>The name server cannot start; the message is a sentence for the person who starts it.</summary>
public sealed class NameServerStartException(string message, Exception? innerException = null) : Exception(message, innerException);
