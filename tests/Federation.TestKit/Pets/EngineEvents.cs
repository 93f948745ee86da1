using System.Globalization;
using System.Text.Json;
using Federation.TestKit.Machines;

namespace Federation.TestKit.Pets;

/// <summary>Writes down when an engine's containers start and die, as the engine says it.</summary>
public sealed class EngineEvents : IAsyncDisposable
{
    private readonly HeldProcess _events;

    private EngineEvents(HeldProcess events) => _events = events;

    /// <param name="machine">Whose engine; it must go on while this listens.</param>
    /// <param name="file">Where the events are kept.</param>
    public static async Task<EngineEvents> FollowAsync(Machine machine, string file) => new(await HeldProcess.StartAsync(
        networkNamespace: null, file, "docker", "--host", machine.Engine.Host, "events", "--filter", "type=container", "--filter", "event=start", "--filter", "event=die", "--format", "{{json .}}"));

    /// <summary>The containers of pets, from start to death; one that has not died lives until <paramref name="now"/> (seconds since 1970).</summary>
    public IReadOnlyList<PetLife> Lives(double now)
    {
        var lives = new Dictionary<string, PetLife>();
        foreach (var line in File.ReadLines(_events.Log).Where(line => line.StartsWith('{') && line.EndsWith('}')))
        {
            using var json = JsonDocument.Parse(line);
            var (id, what, labels) = (json.RootElement.GetProperty("id").GetString()!, json.RootElement.GetProperty("Action").GetString(), json.RootElement.GetProperty("Actor").GetProperty("Attributes"));
            if (!labels.TryGetProperty("federation.epoch", out var epoch))
                continue;
            var at = json.RootElement.GetProperty("timeNano").GetInt64() / 1e9;
            // A container that is started again is another life.
            var life = lives.Keys.Where(key => key.StartsWith(id, StringComparison.Ordinal)).Order(StringComparer.Ordinal).LastOrDefault();
            if (what == "start")
                lives[$"{id}.{lives.Count:0000}"] = new PetLife(labels.GetProperty("federation.pod").GetString()!, long.Parse(epoch.GetString()!, CultureInfo.InvariantCulture), id, at, now);
            else if (life is not null)
                lives[life] = lives[life] with { Last = at };
        }

        return [.. lives.Values];
    }

    public ValueTask DisposeAsync() => _events.DisposeAsync();
}
