using Federation.Dns.Wire;

namespace Federation.Dns.Answering;

/// <summary>How a query arrived.</summary>
public enum Transport
{
    Udp,
    Tcp,
}

/// <summary>How one query arrived, and from where.</summary>
internal readonly record struct Arrival(Transport Transport, ClientAddress Client);
