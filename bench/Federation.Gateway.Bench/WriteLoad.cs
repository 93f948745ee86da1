using System.Diagnostics;
using System.Text;

namespace Federation.Gateway.Bench;

/// <summary>ConfigMaps spread over namespaces, and replacements of them at a fixed rate. Each carries the moment at which it was sent.</summary>
internal sealed class WriteLoad(ControlPlaneProcess controlPlane, int namespaces, int objects) : IDisposable
{
    private const int Writers = 32;

    private readonly HttpClient[] _connections = [.. Enumerable.Range(0, 4).Select(_ => controlPlane.Connect())];

    public Figures Acknowledged { get; private set; } = new("");

    /// <summary>How often each object was written.</summary>
    public long[] Written { get; private set; } = [];

    public void Dispose()
    {
        foreach (var connection in _connections)
            connection.Dispose();
    }

    public async Task CreateAsync()
    {
        for (var number = 0; number < namespaces; number++)
            await SendAsync(HttpMethod.Post, 0, "/api/v1/namespaces", $$"""{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"{{Namespace(number)}}"} }""");
        var next = -1;
        await Task.WhenAll(Enumerable.Range(0, 64).Select(async writer =>
        {
            for (int index; (index = Interlocked.Increment(ref next)) < objects;)
                await SendAsync(HttpMethod.Post, writer, $"/api/v1/namespaces/{Namespace(index)}/configmaps", Body(index));
        }));
    }

    /// <summary>Writes for a while; a writer that falls behind its schedule does not catch up by bursts longer than a second.</summary>
    /// <returns>Acknowledged writes in a second.</returns>
    public async Task<double> RunAsync(double perSecond, TimeSpan duration, string step)
    {
        (Acknowledged, Written) = (new Figures(step), new long[objects]);
        var started = Stopwatch.GetTimestamp();
        var (slot, done) = (-1L, 0L);
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(async writer =>
        {
            while (true)
            {
                var mine = Interlocked.Increment(ref slot);
                var due = TimeSpan.FromSeconds(mine / perSecond);
                if (due >= duration || Stopwatch.GetElapsedTime(started) >= duration)
                    return;
                if (due - Stopwatch.GetElapsedTime(started) is var wait && wait > TimeSpan.FromMilliseconds(1))
                    await Task.Delay(wait, TimeProvider.System);
                var index = (int)(mine % objects);
                var sent = Stopwatch.GetTimestamp();
                await SendAsync(HttpMethod.Put, writer, $"/api/v1/namespaces/{Namespace(index)}/configmaps/{Name(index)}", Body(index));
                lock (Acknowledged)
                    Acknowledged.Add(Stopwatch.GetElapsedTime(sent));
                Interlocked.Increment(ref Written[index]);
                Interlocked.Increment(ref done);
            }
        }));
        return done / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    public static string Namespace(int index, int namespaces) => $"bench-{index % namespaces}";

    private string Namespace(int index) => Namespace(index, namespaces);

    public static string Name(int index) => $"object-{index:000000}";

    /// <summary>About 600 bytes, as a small ConfigMap or Event has.</summary>
    private string Body(int index) =>
        $$"""
        {"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"{{Name(index)}}","namespace":"{{Namespace(index)}}","labels":{"app":"{{Namespace(index)}}","tier":"bench"} },
        "data":{"text":"{{new string('x', 250)}}","sent":"{{Stopwatch.GetTimestamp()}}"} }
        """;

    private async Task SendAsync(HttpMethod method, int writer, string path, string body)
    {
        using var request = new HttpRequestMessage(method, path) { Version = new Version(2, 0), Content = new StringContent(body, Encoding.UTF8, "application/json") };
        using var answer = await _connections[writer % _connections.Length].SendAsync(request);
        if (!answer.IsSuccessStatusCode)
            throw new InvalidOperationException($"{method} {path}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
    }
}
