using System.Security.Cryptography.X509Certificates;

namespace Federation.Client;

/// <summary>Where the gateway is, and how to be let in.</summary>
public sealed record ClientOptions
{
    public required Uri Server { get; init; }

    /// <summary>The bearer token; null: none is sent.</summary>
    public string? Token { get; init; }

    /// <summary>The only certificate authorities the gateway's certificate may come from. Empty: those the machine trusts.</summary>
    public IReadOnlyList<X509Certificate2> Authorities { get; init; } = [];

    /// <summary>Set: decides alone whether the gateway's certificate is accepted; <see cref="Authorities"/> are not asked.</summary>
    public Func<X509Certificate2, bool>? AcceptsCertificate { get; init; }

    /// <summary>The namespace of calls that name none. <value>default</value></summary>
    public string Namespace { get; init; } = "default";

    /// <summary>How long one request may take from sending to its complete answer; streams: until their first byte. <value>30 s</value></summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long setting up a connection may take. <value>5 s</value></summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>A stream that is silent for so long is taken for dead. The gateway gives a sign of life every 2 s on agent streams. <value>10 s</value></summary>
    public TimeSpan SilenceLimit { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>What the gateway's logs call this client. <value>federation-client</value></summary>
    public string UserAgent { get; init; } = "federation-client";

    /// <summary>Gets each <c>Warning:</c> header's text: something harmless in a request was dropped or is out of date.</summary>
    public Action<string>? OnWarning { get; init; }
}
