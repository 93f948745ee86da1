using System.Collections.Immutable;
using System.Text.Json;
using MemberCluster.Agent.Works;
using Microsoft.Extensions.Logging;

namespace MemberCluster.Agent.Images;

/// <summary>Which images this agent pulled and when each was last used, durably: <c>images.json</c>. What is forgotten is never removed.</summary>
internal sealed partial class PulledImages(string dataDirectory, ILogger<PulledImages> logger)
{
    private readonly Lock _lock = new();
    private readonly string _path = Path.Combine(dataDirectory, "images.json");
    private ImmutableDictionary<string, DateTimeOffset>? _images;

    public ImmutableArray<PulledImage> All
    {
        get
        {
            lock (_lock)
                return [.. Load().Select(pair => new PulledImage(pair.Key, pair.Value))];
        }
    }

    public void Pulled(string id, DateTimeOffset now) => Change(images => images.SetItem(id, now));

    /// <summary>Takes note of what is used now, and forgets what the engine has no more.</summary>
    public void Seen(IReadOnlySet<string> there, IReadOnlySet<string> used, DateTimeOffset now) => Change(images =>
        images.RemoveRange(images.Keys.Where(id => !there.Contains(id))).SetItems(images.Keys.Where(id => there.Contains(id) && used.Contains(id)).Select(id => KeyValuePair.Create(id, now))));

    private void Change(Func<ImmutableDictionary<string, DateTimeOffset>, ImmutableDictionary<string, DateTimeOffset>> change)
    {
        lock (_lock)
        {
            var before = Load();
            _images = change(before);
            if (ReferenceEquals(before, _images))
                return;
            try
            {
                DurableFile.Replace(_path, JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, DateTimeOffset>(_images)));
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                LogNotStored(exception.Message);
            }
        }
    }

    private ImmutableDictionary<string, DateTimeOffset> Load()
    {
        if (_images is not null)
            return _images;
        try
        {
            _images = File.Exists(_path) ? JsonSerializer.Deserialize<Dictionary<string, DateTimeOffset>>(File.ReadAllBytes(_path))?.ToImmutableDictionary() : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
        {
            LogNotStored(exception.Message);
        }

        return _images ??= ImmutableDictionary<string, DateTimeOffset>.Empty;
    }

    [LoggerMessage(EventId = 611, Level = LogLevel.Warning, Message = "Which images were pulled here cannot be stored or read; those are kept. {Problem}")]
    private partial void LogNotStored(string problem);
}
