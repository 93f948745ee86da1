using System.Globalization;
using Federation.Storage.Bench;
using Federation.Storage.Postgres;
using Federation.Storage.Sqlite;
using Federation.TestKit.Postgres;
using Microsoft.Extensions.Logging.Abstractions;

// Acknowledged 2 KiB writes on both databases, beside the bare disk and, when it is installed, etcd: all in one run, because the machine and
// its disk are never the same twice. Arguments: [seconds per measurement, default 5] [names of what to measure, default all].
var seconds = args.Length > 0 ? double.Parse(args[0], CultureInfo.InvariantCulture) : 5;
int[] writerCounts = [1, 8, 32];
var chosen = args.Length > 1 ? args[1..] : ["disk", "sqlite", "postgres", "etcd", "cache"];
var directory = Directory.CreateTempSubdirectory("federation-bench-").FullName;
try
{
    Console.WriteLine($"{"what",-10} {"writers",7} {"writes/s",10} {"p50 ms",8} {"p99 ms",8} {"max ms",8} {"CPU µs",8}");
    if (chosen.Contains("disk"))
        Report("fdatasync", 1, RawDisk.Measure(Path.Combine(directory, "raw"), seconds));
    if (chosen.Contains("sqlite"))
    {
        var options = new SqliteStoreOptions { Path = Path.Combine(directory, "store.db") };
        await using var store = await SqliteObjectStore.OpenAsync(options, NullLogger<SqliteObjectStore>.Instance, CancellationToken.None);
        await MeasureAsync("sqlite", new StorePuts(store).PutAsync);
    }

    if (chosen.Contains("postgres"))
    {
        await using var server = await PostgresServer.StartNewAsync();
        var options = new PostgresStoreOptions { ConnectionString = await server.CreateDatabaseAsync() };
        await using var store = await PostgresObjectStore.OpenAsync(
            options, TimeProvider.System, NullLogger<PostgresObjectStore>.Instance, CancellationToken.None);
        await MeasureAsync("postgres", new StorePuts(store).PutAsync);
    }

    if (chosen.Contains("etcd") && await Etcd.TryStartAsync(Path.Combine(directory, "etcd")) is { } etcd)
    {
        await using (etcd)
            await MeasureAsync("etcd", etcd.PutAsync);
    }

    if (chosen.Contains("cache"))
        await CacheBench.RunAsync(Path.Combine(directory, "cache.db"));
}
finally
{
    Directory.Delete(directory, recursive: true);
}

async Task MeasureAsync(string what, Func<int, int, Task> put)
{
    await Load.RunAsync(8, Math.Min(2, seconds), put);
    foreach (var writers in writerCounts)
        Report(what, writers, await Load.RunAsync(writers, seconds, put));
}

static void Report(string what, int writers, LoadResult result) => Console.WriteLine(string.Create(
    CultureInfo.InvariantCulture,
    $"{what,-10} {writers,7} {result.PerSecond,10:N0} {result.Milliseconds(0.5),8:F2} {result.Milliseconds(0.99),8:F2} {result.Milliseconds(1),8:F2} {result.CpuMicroseconds,8:F1}"));
