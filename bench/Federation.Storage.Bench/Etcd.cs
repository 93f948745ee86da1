using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace Federation.Storage.Bench;

/// <summary>An etcd of our own on loopback, driven over gRPC: a put is one HTTP/2 request with a message of two byte strings.</summary>
internal sealed class Etcd : IAsyncDisposable
{
    private const string Client = "http://127.0.0.1:23790";
    private const string Peer = "http://127.0.0.1:23800";
    private const int ObjectsEach = 200;

    private readonly Process _process;
    private readonly HttpClient[] _clients = [.. Enumerable.Range(0, 8).Select(_ => new HttpClient { BaseAddress = new Uri(Client) })];
    private readonly byte[] _value = new byte[Load.ValueBytes];

    private Etcd(Process process) => _process = process;

    /// <summary>Null: etcd is not installed (Debian: <c>etcd-server</c>).</summary>
    public static async Task<Etcd?> TryStartAsync(string directory)
    {
        if (!(Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(path => File.Exists(Path.Combine(path, "etcd"))))
            return null;
        string[] arguments =
        [
            "--data-dir", directory, "--listen-client-urls", Client, "--advertise-client-urls", Client,
            "--listen-peer-urls", Peer, "--initial-advertise-peer-urls", Peer, "--initial-cluster", $"default={Peer}", "--logger", "zap", "--log-level", "error",
        ];
        var process = Process.Start(new ProcessStartInfo("etcd", arguments) { UseShellExecute = false })
            ?? throw new InvalidOperationException("etcd did not start.");
        var etcd = new Etcd(process);
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                await etcd.PutAsync(0, 0);
                return etcd;
            }
            catch (HttpRequestException) when (Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(30))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
            }
        }
    }

    public async Task PutAsync(int writer, int number)
    {
        using var content = new ByteArrayContent(Frame(Encoding.UTF8.GetBytes($"writer-{writer}-object-{number % ObjectsEach}"), _value));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/etcdserverpb.KV/Put")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = content,
        };
        request.Headers.TE.Add(new TransferCodingWithQualityHeaderValue("trailers"));
        using var response = await _clients[writer % _clients.Length].SendAsync(request);
        await response.Content.ReadAsByteArrayAsync();
        if (!response.TrailingHeaders.TryGetValues("grpc-status", out var status) || status.Single() != "0")
            throw new HttpRequestException($"etcd refused: {response.StatusCode} {response.TrailingHeaders}");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients)
            client.Dispose();
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    /// <summary>PutRequest { bytes key = 1; bytes value = 2; } behind gRPC's five byte header.</summary>
    private static byte[] Frame(byte[] key, byte[] value)
    {
        using var message = new MemoryStream();
        message.Write(new byte[5]);
        WriteBytes(message, 1, key);
        WriteBytes(message, 2, value);
        var frame = message.ToArray();
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), frame.Length - 5);
        return frame;
    }

    private static void WriteBytes(MemoryStream message, int field, byte[] bytes)
    {
        message.WriteByte((byte)((field << 3) | 2));
        var length = bytes.Length;
        for (; length > 0x7f; length >>= 7)
            message.WriteByte((byte)(length | 0x80));
        message.WriteByte((byte)length);
        message.Write(bytes);
    }
}
