using System.Diagnostics;
using System.Text;

namespace Federation.Gateway.Bench;

/// <summary>Many watches over few connections, read as fast as they come: counts events and how long each took since its write was sent.</summary>
internal sealed class WatchLoad : IDisposable
{
    private const int PerConnection = 100;

    private readonly CancellationTokenSource _stop = new();
    private readonly List<HttpClient> _connections = [];
    private readonly List<Task> _reading = [];
    private readonly List<double>[] _milliseconds;
    private long _received;

    private WatchLoad(int watches) => _milliseconds = [.. Enumerable.Range(0, watches).Select(_ => new List<double>())];

    public long Received => Interlocked.Read(ref _received);

    public static async Task<WatchLoad> OpenAsync(ControlPlaneProcess controlPlane, IReadOnlyList<string> paths)
    {
        var load = new WatchLoad(paths.Count);
        for (var number = 0; number < paths.Count; number++)
        {
            if (number % PerConnection == 0)
                load._connections.Add(controlPlane.Connect());
            using var request = new HttpRequestMessage(HttpMethod.Get, paths[number]) { Version = new Version(2, 0) };
            var answer = await load._connections[^1].SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            answer.EnsureSuccessStatusCode();
            var mine = load._milliseconds[number];
            load._reading.Add(Task.Run(() => load.ReadAsync(answer, mine)));
        }

        return load;
    }

    /// <summary>Forgets what was measured so far.</summary>
    public void Begin()
    {
        foreach (var mine in _milliseconds)
        {
            lock (mine)
                mine.Clear();
        }

        Interlocked.Exchange(ref _received, 0);
    }

    public Figures Latency(string step)
    {
        var figures = new Figures(step);
        foreach (var mine in _milliseconds)
        {
            lock (mine)
                mine.ForEach(one => figures.Add(TimeSpan.FromMilliseconds(one)));
        }

        return figures;
    }

    public void Dispose()
    {
        _stop.Cancel();
        foreach (var connection in _connections)
            connection.Dispose();
        try
        {
            Task.WaitAll(_reading);
        }
        catch (AggregateException ended)
        {
            // Cut off, as meant; anything else would have ended a watch too early, and its events would be missing from the count.
            ended.Handle(failure => failure is OperationCanceledException or IOException or HttpRequestException or ObjectDisposedException);
        }

        _stop.Dispose();
    }

    private async Task ReadAsync(HttpResponseMessage answer, List<double> mine)
    {
        using (answer)
        {
            await using var stream = await answer.Content.ReadAsStreamAsync(_stop.Token);
            var buffer = new byte[16 * 1024];
            var length = 0;
            while (true)
            {
                var read = await stream.ReadAsync(buffer.AsMemory(length), _stop.Token);
                if (read == 0)
                    return;
                length += read;
                var taken = Take(buffer.AsSpan(0, length), mine);
                buffer.AsSpan(taken, length - taken).CopyTo(buffer);
                length -= taken;
                if (length == buffer.Length)
                    Array.Resize(ref buffer, buffer.Length * 2);
            }
        }
    }

    private int Take(ReadOnlySpan<byte> bytes, List<double> mine)
    {
        var now = Stopwatch.GetTimestamp();
        var taken = 0;
        for (int end; (end = bytes[taken..].IndexOf((byte)'\n')) >= 0; taken += end + 1)
        {
            var line = bytes.Slice(taken, end);
            var at = line.IndexOf("\"sent\":\""u8);
            if (at < 0)
                throw new InvalidDataException(Encoding.UTF8.GetString(line));
            var number = line[(at + 8)..];
            var sent = long.Parse(number[..number.IndexOf((byte)'"')]);
            lock (mine)
                mine.Add(Stopwatch.GetElapsedTime(sent, now).TotalMilliseconds);
            Interlocked.Increment(ref _received);
        }

        return taken;
    }
}
