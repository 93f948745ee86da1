using System.Net;
using System.Net.Sockets;
using System.Text;
using MemberCluster.Agent.Runtime;
using MemberCluster.Agent.Runtime.Fake;

namespace MemberCluster.Agent.Tests.Pods.Conformance;

/// <summary>Commands of a fake container. What a kernel would tell is answered from what the engine was asked to make.</summary>
internal sealed class FakeCommands(ContainerSpec spec, string files, FakeEngine engine)
{
    public FakeFiles Files { get; } = new(spec, files);

    private string[] UserAndGroup => (spec.User ?? "0").Split(':');

    /// <summary>Questions about the container itself, by their text; null for commands that are to be run.</summary>
    public string? Answer(string script) => script switch
    {
        Sh.CpuQuota => $"{spec.Resources.CpuLimitMillicores * 100}",
        Sh.NoNewPrivileges => $"NoNewPrivs:\t{(spec.NoNewPrivileges ? 1 : 0)}",
        Sh.Capabilities => spec.DropCapabilities.Contains("ALL") && spec.AddCapabilities.IsEmpty ? "CapEff:\t0000000000000000" : "CapEff:\t00000000a80425fb",
        "grep open /proc/1/limits" => spec.Ulimits.FirstOrDefault(ulimit => ulimit.Name == "nofile") is { } files ? $"Max open files {files.Soft} {files.Hard} files" : "",
        "id -u" => UserAndGroup[0],
        "id -g" => UserAndGroup.Length > 1 ? UserAndGroup[1] : "0",
        "id -G" => string.Join(' ', (string[])[UserAndGroup.Length > 1 ? UserAndGroup[1] : "0", .. spec.Groups.Select(group => $"{group}")]),
        "cat /etc/hosts" => string.Join('\n', Owner().HostNames.Select(host => $"{host.Address}\t{host.Name}")),
        "cat /proc/sys/net/core/somaxconn" => Owner().Sysctls.GetValueOrDefault("net.core.somaxconn", "4096"),
        "hostname" => Owner().Hostname ?? "",
        _ => null,
    };

    public async Task<(int Code, string Output)> RunAsync(IReadOnlyList<string> words, FakeProcess? process, CancellationToken cancellationToken)
    {
        switch (words[0])
        {
            case "true" or ":":
                return (0, "");
            case "false":
                return (1, "");
            case "echo":
                return (0, string.Join(' ', words.Skip(1).Select(Expand)) + "\n");
            case "pwd":
                return (0, (spec.WorkingDirectory ?? "/") + "\n");
            case "sleep":
                await Task.Delay(TimeSpan.FromSeconds(double.Parse(words[1])), TimeProvider.System, cancellationToken);
                return (0, "");
            case "cat" when words.Count == 1:
                if (spec.OpenStdin)
                    await process!.StopRequested.WaitAsync(cancellationToken);
                return (0, "");
            case "cat":
                return (0, Files.Read(words[1]));
            case "test" when words[1] == "-t":
                return (spec.Tty ? 0 : 1, "");
            case "test":
                return (Files.Exists(words[^1]) ? 0 : 1, "");
            case "touch":
                Files.Write(words[1], "", isAppended: true);
                return (0, "");
            case "mkdir":
                Files.MakeDirectory(words[^1]);
                return (0, "");
            case "rm":
                Files.Remove(words[^1]);
                return (0, "");
            case "ln":
                Files.Link(words[^1], words[^2]);
                return (0, "");
            case "head":
                return (0, new string('\0', int.Parse(words[2])));
            case "wget":
                return await GetAsync(words[^1], cancellationToken);
            case "httpd":
                await ServeAsync(process!, cancellationToken);
                return (143, "");
            default:
                throw new InvalidOperationException($"The fake shell has no command {words[0]}.");
        }
    }

    private string Expand(string word) => word.StartsWith('$') ? spec.Env.GetValueOrDefault(word[1..], "") : word;

    /// <summary>The container whose network this one is in.</summary>
    private ContainerSpec Owner() => spec.Network is ContainerNetwork.SharedWith shared ? engine.SpecOf(shared.Container) : spec;

    private string Address() => engine.Snapshot().Single(container => container.Name == Owner().Name).IpAddress!;

    private async Task<(int Code, string Output)> GetAsync(string url, CancellationToken cancellationToken)
    {
        using var http = new HttpClient();
        try
        {
            return (0, await http.GetStringAsync(new Uri(url.Replace("127.0.0.1", Address(), StringComparison.Ordinal)), cancellationToken));
        }
        catch (HttpRequestException)
        {
            return (1, "");
        }
    }

    private async Task ServeAsync(FakeProcess process, CancellationToken cancellationToken)
    {
        using var listener = new TcpListener(IPAddress.Parse(Address()), 8080);
        listener.Start();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var accepting = AcceptAsync(listener, end.Token);
        await process.StopRequested.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await end.CancelAsync();
        await accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
    }

    private async Task AcceptAsync(TcpListener listener, CancellationToken cancellationToken)
    {
        while (true)
        {
            using var client = await listener.AcceptTcpClientAsync(cancellationToken);
            try
            {
                await using var stream = client.GetStream();
                using var reader = new StreamReader(stream, Encoding.ASCII);
                var path = "/www" + ((await reader.ReadLineAsync(cancellationToken) ?? "").Split(' ') is { Length: > 1 } parts ? parts[1] : "/");
                while (await reader.ReadLineAsync(cancellationToken) is { Length: > 0 })
                {
                    // Headers say nothing here.
                }

                var isThere = path.Length > "/www/".Length && Files.Exists(path);
                var body = isThere ? Files.Read(path) : "";
                await stream.WriteAsync(
                    Encoding.UTF8.GetBytes($"HTTP/1.0 {(isThere ? "200 OK" : "404 Not Found")}\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n{body}"), cancellationToken);
            }
            catch (IOException)
            {
                // The client left.
            }
        }
    }
}
