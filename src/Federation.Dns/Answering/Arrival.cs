using Federation.Dns.Wire;

namespace Federation.Dns.Answering;

/// <summary>How a query arrived.</summary>
public enum Transport
{
    Udp,
    Tcp,

    /// <summary>TCP with encryption (RFC 7858).</summary>
    Tls,
}

/// <summary>How one query arrived, and from where.</summary>
internal readonly record struct Arrival(Transport Transport, ClientAddress Client);
