using System.Collections.Concurrent;
using System.Text;
using Federation.Api;

namespace Federation.Storage.Bench;

/// <summary>Creates and then updates 200 objects for each writer, as grains do: each write names the revision before it.</summary>
internal sealed class StorePuts(IObjectStore store)
{
    private const int ObjectsEach = 200;

    private static readonly byte[] Json = Encoding.UTF8.GetBytes($$"""{"spec":"{{new string('x', Load.ValueBytes - 11)}}"}""");

    private readonly ConcurrentDictionary<ObjectKey, long> _revisions = new();

    public async Task PutAsync(int writer, int number)
    {
        var key = new ObjectKey("App", "bench", $"writer-{writer}-object-{number % ObjectsEach}");
        var write = new ObjectWrite.Put(key, "0b0e7f5c-4a5c-4a39-b9d5-6d7b8c1f2a30", number, Json, null, _revisions.GetValueOrDefault(key));
        if (await store.WriteAsync(write, CancellationToken.None) is not WriteOutcome.Written written)
            throw new InvalidOperationException($"{key} is written here only.");
        _revisions[key] = written.Revision;
    }
}
