using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Federation.Dns.Hosting;
using Federation.Dns.Zones;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Federation.Dns.Bench;

/// <summary>Strangers who hold as many connections as they can, each in its way, while others ask: who is answered, how late, what the server's memory does, and how long a stranger lasts.</summary>
internal static class Siege
{
    private const int Addresses = 200; // of the strangers
    private const string Subject = "CN=dns.fed.test";

    private static readonly string[] Asked = ["app1", "shop", "svc", "fed", "test"];
    private static readonly TimeSpan BetweenBytes = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan BeforeTheNext = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Calm = TimeSpan.FromSeconds(15); // longer than the idle time
    private static readonly TimeProvider Time = TimeProvider.System;

    /// <summary>The server under siege, with the defaults of its options.</summary>
    public static async Task ServeAsync(int port, string directory)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddSingleton<IZoneSource>(new BenchZone(1000, BenchPolicy.RoundRobin, new UpdatePace()));
        builder.Services.AddNameServer(options =>
        {
            options.Endpoints[0] = new IPEndPoint(IPAddress.Loopback, port);
            options.TlsEndpoints.Add(new IPEndPoint(IPAddress.Loopback, port + 1));
            (options.TlsCertificateFile, options.TlsKeyFile) = (Path.Combine(directory, "cert.pem"), Path.Combine(directory, "key.pem"));
        });
        await builder.Build().RunAsync();
    }

    /// <param name="port">Free, and so the next one.</param>
    /// <param name="connections">That strangers try to hold at the same time.</param>
    /// <param name="seconds">Of each siege.</param>
    public static async Task RunAsync(int port, int connections, int seconds)
    {
        var directory = Directory.CreateTempSubdirectory("siege");
        WriteCertificate(directory.FullName);
        Console.WriteLine("| strangers | UDP: answered, lost | p50 ms | p99 | max | TCP: answered, lost | p50 ms | p99 | max | MiB before | at most | 15 s after | server CPU s | connections cut | lasted s, p50 | max |");
        Console.WriteLine("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
        (string Name, Func<int, Lives, CancellationToken, Task> Live)[] sieges =
        [
            ("nobody", (_, _, _) => Task.CompletedTask),
            ("TCP, a byte each 2 s", (id, lives, end) => LiveAsync(id, port, lives, isEncrypted: false, TrickleAsync, end)),
            ("TCP, never read", (id, lives, end) => LiveAsync(id, port, lives, isEncrypted: false, NeverReadAsync, end)),
            ("TCP, frames of 64 KiB", (id, lives, end) => LiveAsync(id, port, lives, isEncrypted: false, LongFrameAsync, end)),
            ("TLS, no handshake", (id, lives, end) => LiveAsync(id, port + 1, lives, isEncrypted: false, WaitAsync, end)),
            ("TLS, a byte each 2 s", (id, lives, end) => LiveAsync(id, port + 1, lives, isEncrypted: true, TrickleAsync, end)),
            ("TLS, never read", (id, lives, end) => LiveAsync(id, port + 1, lives, isEncrypted: true, NeverReadAsync, end)),
        ];
        foreach (var (name, live) in sieges)
        {
            // Each has a server of its own: what one leaves behind is not the next one's.
            using var server = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, ["besieged", $"{port}", directory.FullName])) ?? throw new InvalidOperationException("No server.");
            try
            {
                Console.WriteLine(await BesiegeAsync(name, server, port, connections, TimeSpan.FromSeconds(seconds), live));
            }
            finally
            {
                server.Kill();
                await server.WaitForExitAsync();
            }
        }

        directory.Delete(recursive: true);
    }

    private static async Task<string> BesiegeAsync(string name, Process server, int port, int connections, TimeSpan time, Func<int, Lives, CancellationToken, Task> live)
    {
        while (await AskUdpAsync(port) is null || await AskTcpAsync(port) is null)
            await Task.Delay(BeforeTheNext / 10, Time);
        var lives = new Lives();
        var before = ReadResident(server.Id);
        var cpu = server.TotalProcessorTime;
        using var end = new CancellationTokenSource(time, Time);
        var strangers = Enumerable.Range(0, connections).Select(id => Task.Run(() => live(id, lives, end.Token))).ToList();
        var most = before;
        var watching = Task.Run(async () =>
        {
            while (!end.IsCancellationRequested)
            {
                most = Math.Max(most, ReadResident(server.Id));
                await Task.Delay(TimeSpan.FromMilliseconds(100), Time);
            }
        });
        var udp = AskAgainAsync(() => AskUdpAsync(port), TimeSpan.FromMilliseconds(20), end.Token);
        var tcp = AskAgainAsync(() => AskTcpAsync(port), TimeSpan.FromMilliseconds(50), end.Token);
        var (byUdp, byTcp) = (await udp, await tcp);
        await watching;
        server.Refresh();
        cpu = server.TotalProcessorTime - cpu;
        await Task.WhenAll(strangers);
        await Task.Delay(Calm, Time);
        var lasted = lives.Lasted.Order().ToList();
        return string.Create(CultureInfo.InvariantCulture, $"| {name} | {Describe(byUdp)} | {Describe(byTcp)} | {before >> 20} | {most >> 20} | {ReadResident(server.Id) >> 20} | {cpu.TotalSeconds:0.0} | {lasted.Count} | {At(lasted, 0.5):0.0} | {At(lasted, 1):0.0} |");
    }

    /// <summary>One connection after the other, from one of the strangers' addresses.</summary>
    private static async Task LiveAsync(int id, int port, Lives lives, bool isEncrypted, Func<Stream, CancellationToken, Task> hold, CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            var began = 0L;
            try
            {
                socket.Bind(new IPEndPoint(new IPAddress([127, 1, 0, (byte)(1 + (id % Addresses))]), 0));
                await socket.ConnectAsync(IPAddress.Loopback, port, end);
                began = Time.GetTimestamp();
                await using Stream stream = isEncrypted ? new SslStream(new NetworkStream(socket), leaveInnerStreamOpen: false, (_, certificate, _, _) => certificate?.Subject == Subject) : new NetworkStream(socket);
                if (stream is SslStream encrypted)
                    await encrypted.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "dns.fed.test" }, end);
                await hold(stream, end);
            }
            catch (Exception exception) when (exception is SocketException or IOException or OperationCanceledException or System.Security.Authentication.AuthenticationException)
            {
                // Cut, as it should be, or the siege is over.
            }

            if (end.IsCancellationRequested)
                return;
            if (began != 0)
                lives.Lasted.Add(Time.GetElapsedTime(began).TotalSeconds);
            await Task.Delay(BeforeTheNext, Time, CancellationToken.None);
        }
    }

    /// <summary>Announces a query of 100 bytes and sends it byte by byte.</summary>
    private static async Task TrickleAsync(Stream stream, CancellationToken end)
    {
        await stream.WriteAsync((byte[])[0, 100], end);
        var cut = WaitAsync(stream, end);
        while (!cut.IsCompleted)
        {
            await stream.WriteAsync((byte[])[0], end);
            await Task.WhenAny(cut, Task.Delay(BetweenBytes, Time, end));
        }

        await cut;
    }

    /// <summary>Sends queries for as long as somebody takes them.</summary>
    private static async Task NeverReadAsync(Stream stream, CancellationToken end)
    {
        byte[] some = [.. Enumerable.Range(0, 200).SelectMany(i => Framed(Query(i)))];
        while (true)
            await stream.WriteAsync(some, end);
    }

    private static async Task LongFrameAsync(Stream stream, CancellationToken end)
    {
        await stream.WriteAsync((byte[])[0xFF, 0xFF, .. new byte[ushort.MaxValue]], end);
        await WaitAsync(stream, end);
    }

    /// <summary>Until the server ends the connection.</summary>
    private static async Task WaitAsync(Stream stream, CancellationToken end)
    {
        var buffer = new byte[64];
        while (await stream.ReadAsync(buffer, end) > 0)
        {
            // What it says does not matter.
        }
    }

    private static async Task<(int Lost, List<double> Milliseconds)> AskAgainAsync(Func<Task<double?>> ask, TimeSpan pause, CancellationToken end)
    {
        var (lost, milliseconds) = (0, new List<double>());
        while (!end.IsCancellationRequested)
        {
            if (await ask() is { } taken)
                milliseconds.Add(taken);
            else
                lost++;
            await Task.Delay(pause, Time, CancellationToken.None);
        }

        milliseconds.Sort();
        return (lost, milliseconds);
    }

    /// <returns>Milliseconds; null: no answer within 2 s.</returns>
    private static async Task<double?> AskUdpAsync(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        await socket.ConnectAsync(IPAddress.Loopback, port);
        return await TimeAsync(async token =>
        {
            await socket.SendAsync(Query(1), token);
            return await socket.ReceiveAsync(new byte[512], token) > 12;
        });
    }

    /// <summary>Over a connection of its own.</summary>
    private static async Task<double?> AskTcpAsync(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        return await TimeAsync(async token =>
        {
            await socket.ConnectAsync(IPAddress.Loopback, port, token);
            await socket.SendAsync(Framed(Query(2)), token);
            return await socket.ReceiveAsync(new byte[512], token) > 12;
        });
    }

    private static async Task<double?> TimeAsync(Func<CancellationToken, Task<bool>> ask)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(2), Time);
        var began = Time.GetTimestamp();
        try
        {
            return await ask(patience.Token) ? Time.GetElapsedTime(began).TotalMilliseconds : null;
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException)
        {
            return null;
        }
    }

    private static byte[] Query(int number) =>
    [
        (byte)(number >> 8), (byte)number, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0,
        .. Asked.SelectMany(label => (byte[])[(byte)label.Length, .. System.Text.Encoding.ASCII.GetBytes(label)]), 0, 0, 1, 0, 1,
    ];

    private static byte[] Framed(byte[] query) => [(byte)(query.Length >> 8), (byte)query.Length, .. query];

    private static string Describe((int Lost, List<double> Milliseconds) asked) => string.Create(
        CultureInfo.InvariantCulture, $"{asked.Milliseconds.Count}, {asked.Lost} | {At(asked.Milliseconds, 0.5):0.0} | {At(asked.Milliseconds, 0.99):0.0} | {At(asked.Milliseconds, 1):0}");

    private static double At(List<double> sorted, double part) => sorted.Count == 0 ? 0 : sorted[Math.Min(sorted.Count - 1, (int)(part * sorted.Count))];

    private static long ReadResident(int process) =>
        long.Parse(File.ReadLines($"/proc/{process}/status").Single(line => line.StartsWith("VmRSS:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) << 10;

    private static void WriteCertificate(string directory)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest(Subject, key, HashAlgorithmName.SHA256).CreateSelfSigned(Time.GetUtcNow().AddHours(-1), Time.GetUtcNow().AddDays(1));
        File.WriteAllText(Path.Combine(directory, "cert.pem"), certificate.ExportCertificatePem());
        File.WriteAllText(Path.Combine(directory, "key.pem"), key.ExportPkcs8PrivateKeyPem());
    }

    /// <summary>How many seconds each connection that was cut had lasted.</summary>
    private sealed class Lives
    {
        public ConcurrentBag<double> Lasted { get; } = [];
    }
}
