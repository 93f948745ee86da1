using System.Text;
using Federation.Api;

namespace Federation.Storage.Tests.Conformance;

/// <summary>Short ways to say what the tests write.</summary>
internal static class Sample
{
    public static readonly DateTimeOffset Noon = new(2030, 6, 1, 12, 0, 0, TimeSpan.Zero);

    public static CancellationToken Deadline(int seconds = 30) => new CancellationTokenSource(TimeSpan.FromSeconds(seconds)).Token;

    public static ObjectKey App(string name, string @namespace = "shop") => new("App", @namespace, name);

    public static byte[] Json(string text) => Encoding.UTF8.GetBytes($$"""{"spec":"{{text}}"}""");

    public static string Text(ReadOnlyMemory<byte> json) => Encoding.UTF8.GetString(json.Span);

    public static ObjectWrite.Put Create(ObjectKey key, string text = "a", DateTimeOffset? due = null) => new(key, $"uid-{key.Name}", 1, Json(text), due, 0);

    public static ObjectWrite.Put Update(ObjectKey key, long expected, string text = "b", DateTimeOffset? due = null) =>
        new(key, $"uid-{key.Name}", 2, Json(text), due, expected);

    public static async Task<long> WriteSuccessfullyAsync(this IObjectStore store, ObjectWrite write) =>
        (await store.WriteAsync(write, Deadline())).ShouldBeOfType<WriteOutcome.Written>().Revision;

    public static async Task<ChangePage.Page> ReadPageAsync(this IObjectStore store, long after, int limit = 1000, bool withPrevious = false) =>
        (await store.ReadChangesAsync(after, limit, withPrevious, Deadline())).ShouldBeOfType<ChangePage.Page>();

    /// <summary>Waits until something other threads bring about is so.</summary>
    public static async Task UntilAsync(Func<bool> condition)
    {
        var deadline = Deadline();
        while (!condition())
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, deadline);
    }
}
