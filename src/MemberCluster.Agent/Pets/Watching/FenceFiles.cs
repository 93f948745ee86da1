using System.Globalization;

namespace MemberCluster.Agent.Pets.Watching;

/// <summary>What agent and watchdog tell each other, as files of one directory. Each is replaced as a whole, except for the news, which grows.</summary>
internal sealed class FenceFiles(string directory)
{
    private static readonly Lazy<string> Boot = new(() => File.Exists("/proc/sys/kernel/random/boot_id") ? File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim() : "unknown");

    private readonly string _fence = Path.Combine(directory, "fence");
    private readonly string _watchdog = Path.Combine(directory, "watchdog");
    private readonly string _news = Path.Combine(directory, "fence.news");

    /// <summary>Held by the watchdog, of which there is only one.</summary>
    public string Lock { get; } = Path.Combine(directory, "watchdog.lock");

    public string Directory => directory;

    public FenceRecord? Read() => TryRead(_fence) is { } text ? FenceRecord.Parse(text, Boot.Value) : null;

    /// <exception cref="IOException">The old one is still there.</exception>
    public void Write(FenceRecord record) => Replace(_fence, record.ToText(Boot.Value));

    /// <summary>The watchdog at work, and which version of it: null: there is none.</summary>
    public (int Pid, long Started, string Version)? Watchdog() =>
        TryRead(_watchdog)?.Split(' ') is [var pid, var started, var version] && int.TryParse(pid, CultureInfo.InvariantCulture, out var number)
        && long.TryParse(started, CultureInfo.InvariantCulture, out var since)
            ? (number, since, version)
            : null;

    public void SetWatchdog(int pid, long started, string version) => Replace(_watchdog, string.Create(CultureInfo.InvariantCulture, $"{pid} {started} {version}"));

    public void AddNews(string sentence)
    {
        try
        {
            File.AppendAllText(_news, sentence + "\n");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Telling of it comes second.
        }
    }

    public IReadOnlyList<string> TakeNews()
    {
        if (!File.Exists(_news))
            return [];
        var taken = _news + ".read";
        File.Move(_news, taken, overwrite: true);
        var news = File.ReadAllLines(taken);
        File.Delete(taken);
        return news;
    }

    private static void Replace(string path, string text)
    {
        var temporary = path + ".tmp";
        File.WriteAllText(temporary, text);
        File.Move(temporary, path, overwrite: true);
    }

    private static string? TryRead(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
