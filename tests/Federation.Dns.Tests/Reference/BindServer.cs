using Federation.Dns.Tests.Support;

namespace Federation.Dns.Tests.Reference;

/// <summary>A BIND of the machine on a free port of the loopback, ended with the test.</summary>
internal static class BindServer
{
    /// <summary>With one zone from text, which may be transferred and updated with the key that <see cref="LiveServer"/> has.</summary>
    public static Task<ServerProcess> ServeToUpdatesAsync(string zone, string text) => StartAsync(
        $$"""
        zone "{{zone}}" {
          type primary;
          file "DIRECTORY/zone";
          allow-transfer { key "transfer."; };
          allow-update { key "transfer."; };
        };
        """,
        zone,
        prepare: server => server.Write("zone", text));

    /// <param name="configuration">After the options and the keys of <see cref="LiveServer"/>; <c>DIRECTORY</c> stands for its directory.</param>
    /// <param name="zone">Ready when it has this one.</param>
    /// <param name="port">Where it listens; 0: on a free one.</param>
    /// <param name="prepare">What is done before it starts; null: nothing.</param>
    public static async Task<ServerProcess> StartAsync(string configuration, string zone, int port = 0, Action<ServerProcess>? prepare = null)
    {
        var server = new ServerProcess("bind", port);
        prepare?.Invoke(server);
        var file = server.Write("named.conf", $$"""
            options {
              directory "{{server.Directory}}";
              pid-file "{{server.Directory}}/pid";
              session-keyfile "{{server.Directory}}/session.key";
              listen-on port {{server.Port}} { 127.0.0.1; };
              listen-on-v6 { none; };
              recursion no;
              dnssec-validation no;
            };
            controls { };
            key "transfer." { algorithm hmac-sha256; secret "{{LiveServer.Secret}}"; };
            key "long.keys." { algorithm hmac-sha512; secret "{{LiveServer.LongSecret}}"; };
            {{configuration.Replace("DIRECTORY", server.Directory, StringComparison.Ordinal)}}
            """);
        await server.StartAsync("named", ["-g", "-n", "1", "-c", file], () => server.HasAsync(zone));
        return server;
    }
}
