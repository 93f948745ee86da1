using System.Globalization;
using Federation.Storage.Bench;
using Federation.Storage.Postgres;
using Federation.Storage.Sqlite;
using Federation.TestKit.Postgres;
using Microsoft.Extensions.Logging.Abstractions;

// Acknowledged 2 KiB writes on both databases, beside the bare disk and, when it is installed, etcd. They take turns of a second or so, because a
// machine and its disk are never the same twice; only figures of one run compare.
// Arguments: [seconds for each figure, default 6] [what to measure, default: disk sqlite postgres etcd cache]
const int Turns = 6;
var seconds = args.Length > 0 ? double.Parse(args[0], CultureInfo.InvariantCulture) : 6;
var chosen = args.Length > 1 ? args[1..] : ["disk", "sqlite", "postgres", "etcd", "cache"];
var directory = Directory.CreateTempSubdirectory("federation-bench-").FullName;
try
{
    if (chosen.Any(what => what != "cache"))
        await MeasureWritesAsync();
    if (chosen.Contains("cache"))
        await CacheBench.RunAsync(Path.Combine(directory, "cache.db"));
}
finally
{
    Directory.Delete(directory, recursive: true);
}

async Task MeasureWritesAsync()
{
    await using var resources = new Resources();
    var subjects = await StartAsync(resources);
    foreach (var subject in subjects)
        await Load.RunAsync(8, 1.5, subject.Put);
    Console.WriteLine($"{"what",-10} {"writers",7} {"writes/s",10} {"p50 ms",8} {"p99 ms",8} {"max ms",8} {"CPU µs",8}");
    if (chosen.Contains("disk"))
        Report("fdatasync", 1, RawDisk.Measure(Path.Combine(directory, "raw"), seconds / 2));
    int[] writerCounts = [1, 8, 32];
    foreach (var writers in writerCounts)
    {
        var turns = subjects.ToDictionary(subject => subject.Name, _ => new List<LoadResult>());
        for (var turn = 0; turn < Turns; turn++)
        {
            foreach (var subject in subjects)
                turns[subject.Name].Add(await Load.RunAsync(writers, seconds / Turns, subject.Put));
        }

        foreach (var subject in subjects)
            Report(subject.Name, writers, LoadResult.Merge(turns[subject.Name]));
    }

    if (chosen.Contains("disk"))
        Report("fdatasync", 1, RawDisk.Measure(Path.Combine(directory, "raw"), seconds / 2));
}

async Task<List<(string Name, Func<int, int, Task> Put)>> StartAsync(Resources resources)
{
    var subjects = new List<(string Name, Func<int, int, Task> Put)>();
    if (chosen.Contains("sqlite"))
    {
        var options = new SqliteStoreOptions { Path = Path.Combine(directory, "store.db") };
        var store = resources.Own(await SqliteObjectStore.OpenAsync(options, NullLogger<SqliteObjectStore>.Instance, CancellationToken.None));
        subjects.Add(("sqlite", new StorePuts(store).PutAsync));
    }

    if (chosen.Contains("postgres"))
    {
        var server = resources.Own(await PostgresServer.StartNewAsync());
        var options = new PostgresStoreOptions { ConnectionString = await server.CreateDatabaseAsync() };
        var store = resources.Own(await PostgresObjectStore.OpenAsync(
            options, TimeProvider.System, NullLogger<PostgresObjectStore>.Instance, CancellationToken.None));
        subjects.Add(("postgres", new StorePuts(store).PutAsync));
    }

    if (chosen.Contains("etcd") && await Etcd.TryStartAsync(Path.Combine(directory, "etcd")) is { } etcd)
        subjects.Add(("etcd", resources.Own(etcd).PutAsync));
    return subjects;
}

static void Report(string what, int writers, LoadResult result) => Console.WriteLine(string.Create(
    CultureInfo.InvariantCulture,
    $"{what,-10} {writers,7} {result.PerSecond,10:N0} {result.Milliseconds(0.5),8:F2} {result.Milliseconds(0.99),8:F2} {result.Milliseconds(1),8:F2} {result.CpuMicroseconds,8:F1}"));
