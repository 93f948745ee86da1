using System.Diagnostics;
using System.Globalization;
using Federation.Api;
using Federation.Storage.Tests.Conformance;

namespace Federation.Storage.Tests.Crashes;

/// <summary>A write that the store acknowledged to a process that has been killed since.</summary>
internal sealed record Acknowledged(ChangeType Type, ObjectKey Key, long Number, long Revision);

/// <summary>A process that writes until it is killed.</summary>
internal static class CrashingWriter
{
    private const int Writers = 16;

    /// <summary>Starts a writer, kills it with SIGKILL when it has printed some acknowledgements, and returns all it printed.</summary>
    public static async Task<List<Acknowledged>> RunAndKillAsync(string database, string location, string prefix, int killAfter)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "Federation.Storage.CrashWriter.dll");
        string[] arguments = ["exec", program, database, location, prefix, Writers.ToString(CultureInfo.InvariantCulture)];
        using var process = Process.Start(new ProcessStartInfo("dotnet", arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true })
            ?? throw new InvalidOperationException("The writer did not start.");
        var error = process.StandardError.ReadToEndAsync(Sample.Deadline(60));
        var acknowledged = new List<Acknowledged>();
        while (await process.StandardOutput.ReadLineAsync(Sample.Deadline(60)) is { } line)
        {
            var words = line.Split(' ');
            if (words is [var type, var key, var number, var revision, "."])
                acknowledged.Add(new Acknowledged(
                    type == "D" ? ChangeType.Delete : ChangeType.Put,
                    ObjectKey.Parse(key),
                    long.Parse(number, CultureInfo.InvariantCulture),
                    long.Parse(revision, CultureInfo.InvariantCulture)));
            if (acknowledged.Count == killAfter)
                process.Kill();
        }

        await process.WaitForExitAsync(Sample.Deadline(60));
        acknowledged.Count.ShouldBeGreaterThanOrEqualTo(killAfter, await error);
        return acknowledged;
    }

    /// <summary>Every acknowledged write is in the log as it was acknowledged, and the log and the objects tell the same story.</summary>
    public static async Task AssertNothingLostAsync(IObjectStore store, IReadOnlyCollection<Acknowledged> acknowledged)
    {
        await ObjectStoreConformance.AssertLogAgreesWithObjectsAsync(store);
        var log = new Dictionary<long, Change>();
        for (var current = await store.ReadCurrentRevisionAsync(Sample.Deadline()); log.Count < current;)
        {
            foreach (var change in (await store.ReadPageAsync(log.Count)).Changes)
                log.Add(change.Revision, change);
        }

        foreach (var write in acknowledged)
        {
            var change = log[write.Revision];
            (change.Type, change.Key).ShouldBe((write.Type, write.Key));
            if (write.Type == ChangeType.Put)
                Sample.Text(change.Json).ShouldStartWith($$"""{"number":{{write.Number}},""");
        }
    }
}
