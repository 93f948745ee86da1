using System.Globalization;
using System.Text;
using Federation.Api;
using Federation.Storage;
using Federation.Storage.Postgres;
using Federation.Storage.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;

// Writes to a store until it is killed, and prints a line for every write the store has acknowledged:
//   <P|D> <key> <number> <revision> .
// The dot tells a whole line from one that the kill cut off.
var (database, location, prefix, writers) = (args[0], args[1], args[2], int.Parse(args[3], CultureInfo.InvariantCulture));
IObjectStore store = database == "sqlite"
    ? await SqliteObjectStore.OpenAsync(new SqliteStoreOptions { Path = location }, NullLogger<SqliteObjectStore>.Instance, CancellationToken.None)
    : await PostgresObjectStore.OpenAsync(
        new PostgresStoreOptions { ConnectionString = location }, TimeProvider.System, NullLogger<PostgresObjectStore>.Instance, CancellationToken.None);

var output = new Lock();
using var stream = Console.OpenStandardOutput();
await Task.WhenAll(Enumerable.Range(0, writers).Select(writer => Task.Run(() => WriteForeverAsync(new ObjectKey("App", "crash", $"{prefix}{writer}")))));

async Task WriteForeverAsync(ObjectKey key)
{
    var revision = (await store.GetAsync(key, CancellationToken.None))?.Revision ?? 0;
    for (var number = 1; ; number++)
    {
        // Every seventh write removes the object, so that creates and deletes are cut off as well.
        ObjectWrite write = number % 7 == 0 && revision > 0
            ? new ObjectWrite.Delete(key, revision)
            : new ObjectWrite.Put(key, key.Name, number, Encoding.UTF8.GetBytes($$"""{"number":{{number}},"filler":"{{new string('x', 500)}}"}"""), null, revision);
        var outcome = await store.WriteAsync(write, CancellationToken.None);
        if (outcome is not WriteOutcome.Written written)
            throw new InvalidOperationException($"{write.Key} is written here only, yet: {outcome}");
        Print($"{(write is ObjectWrite.Delete ? 'D' : 'P')} {key} {number} {written.Revision} .\n");
        revision = write is ObjectWrite.Delete ? 0 : written.Revision;
    }
}

void Print(string line)
{
    lock (output)
        stream.Write(Encoding.UTF8.GetBytes(line));
}
