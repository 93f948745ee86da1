using System.Diagnostics;
using System.Globalization;
using System.Text;
using Federation.Api;
using Federation.Storage.Cache;
using Federation.Storage.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;

namespace Federation.Storage.Bench;

/// <summary>The watch cache with 100,000 objects and 1,000 subscribers.</summary>
internal static class CacheBench
{
    private const int Objects = 100_000;
    private const int Subscribers = 1_000;
    private const int Changes = 5_000;

    public static async Task RunAsync(string path)
    {
        await using var store = await SqliteObjectStore.OpenAsync(
            new SqliteStoreOptions { Path = path }, NullLogger<SqliteObjectStore>.Instance, CancellationToken.None);
        var json = Encoding.UTF8.GetBytes($$"""{"spec":"{{new string('x', 500)}}"}""");
        await Task.WhenAll(Enumerable.Range(0, Objects).Select(index =>
            store.WriteAsync(new ObjectWrite.Put(Key(index), "uid", 1, json, null, 0), CancellationToken.None)));

        using var cache = new ObjectCache(store, new ObjectCacheOptions(), TimeProvider.System, NullLogger<ObjectCache>.Instance);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var start = Stopwatch.GetTimestamp();
        await cache.StartAsync(CancellationToken.None);
        await cache.Ready;
        Report($"load {Objects} objects of {json.Length} bytes", start, 1);
        Console.WriteLine($"  memory for each: {(GC.GetTotalMemory(forceFullCollection: true) - before) / Objects} bytes");

        start = Stopwatch.GetTimestamp();
        var seen = 0L;
        for (var round = 0; round < 10; round++)
        {
            foreach (var found in cache.List("App"))
                seen += found.Json.Length;
        }

        Report($"list and walk {Objects} objects", start, 10);
        start = Stopwatch.GetTimestamp();
        for (var round = 0; round < 100_000; round++)
            seen += cache.Current(Key(round))!.Revision;
        Report("find one object", start, 100_000);

        var watching = Enumerable.Range(0, Subscribers).Select(_ => Task.Run(() => WatchAsync(cache.Subscribe("App", Objects)))).ToList();
        var cpu = Environment.CpuUsage.TotalTime;
        start = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, 32).Select(writer => Task.Run(async () =>
        {
            for (var index = writer; index < Changes; index += 32)
                await store.WriteAsync(new ObjectWrite.Put(Key(index), "uid", 2, json, null, cache.Current(Key(index))!.Revision), CancellationToken.None);
        })));
        await Task.WhenAll(watching);
        Report($"{Changes} changes, each to {Subscribers} subscribers", start, Changes);
        Console.WriteLine($"  CPU time for each delivery: {(Environment.CpuUsage.TotalTime - cpu).TotalMicroseconds / Changes / Subscribers:F3} µs (writes included)");
        await cache.StopAsync(CancellationToken.None);
        if (seen == 0)
            throw new InvalidOperationException("Nothing was read.");
    }

    private static async Task WatchAsync(ICacheSubscription subscription)
    {
        for (var received = 0; received < Changes;)
        {
            var batch = await subscription.ReadAsync(CancellationToken.None);
            if (batch.End is { } end)
                throw new InvalidOperationException($"A subscription ended as {end}.");
            received += batch.Events.Count;
        }
    }

    private static ObjectKey Key(int index) => new("App", $"team-{index % 100}", $"app-{index}");

    private static void Report(string what, long start, int times) => Console.WriteLine(
        string.Create(CultureInfo.InvariantCulture, $"{what}: {Stopwatch.GetElapsedTime(start).TotalMicroseconds / times:N2} µs"));
}
