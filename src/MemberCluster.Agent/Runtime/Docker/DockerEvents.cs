using System.Collections.Immutable;
using System.Text.Json;
using MemberCluster.Agent.Runtime.Docker.Wire;

namespace MemberCluster.Agent.Runtime.Docker;

/// <summary>One subscription to the engine's events.</summary>
internal sealed class DockerEvents(HttpResponseMessage response, CancellationToken subscription) : IRuntimeEventStream
{
    private const string HealthPrefix = "health_status: ";

    // Filtered by the engine: each exec probe alone makes three events nobody asked for.
    private static readonly string[] Actions = ["create", "start", "die", "oom", "health_status", "pause", "unpause", "destroy"];

    public static async Task<DockerEvents> OpenAsync(DockerHttp http, EventFilter filter, DateTimeOffset? since, CancellationToken cancellationToken)
    {
        // The engine sends the head of its answer a moment before it subscribes; what falls in between is in its memory, which "since" asks for.
        var from = since ?? await http.PingAsync(cancellationToken);
        var filters = DockerPath.Filters(("type", ["container"]), ("event", Actions), ("label", filter.Labels));
        var path = DockerPath.WithQuery("events", ("since", DockerPath.UnixTime(from)), ("filters", filters));
        var response = await http.OpenAsync(new EngineCall("watch events"), HttpMethod.Get, path, content: null, cancellationToken);
        return new DockerEvents(response, cancellationToken);
    }

    public async IAsyncEnumerator<RuntimeEvent> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(subscription, cancellationToken);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(linked.Token));
        while (await ReadAsync(reader, linked.Token) is { } wire)
        {
            if (ToEvent(wire) is { } known)
                yield return known;
        }
    }

    public ValueTask DisposeAsync()
    {
        response.Dispose();
        return ValueTask.CompletedTask;
    }

    private static async Task<EventWire?> ReadAsync(StreamReader reader, CancellationToken cancellationToken)
    {
        try
        {
            return await ProgressReader.ReadLineAsync(reader, DockerJson.Default.EventWire, cancellationToken);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or JsonException or ObjectDisposedException)
        {
            // A broken connection, half a line: the end, like the engine's own. The caller subscribes again.
            cancellationToken.ThrowIfCancellationRequested();
            return null;
        }
    }

    internal static RuntimeEvent? ToEvent(EventWire wire)
    {
        if (ToKind(wire.Action ?? "") is not { } kind || wire.Actor?.ID is not { } id)
            return null;
        var attributes = wire.Actor.Attributes ?? [];
        return new RuntimeEvent
        {
            Kind = kind,
            ContainerId = id,
            ContainerName = attributes.GetValueOrDefault("name") ?? "",
            At = DateTimeOffset.UnixEpoch.AddTicks(wire.TimeNano / 100),
            // The engine puts labels and its own attributes into one map; labels cannot be told apart, so all are given.
            Labels = attributes.ToImmutableDictionary(StringComparer.Ordinal),
            ExitCode = kind is RuntimeEventKind.Died && int.TryParse(attributes.GetValueOrDefault("exitCode"), out var code) ? code : null,
            Health = kind is RuntimeEventKind.HealthChanged ? wire.Action![HealthPrefix.Length..] : null,
        };
    }

    private static RuntimeEventKind? ToKind(string action) => action switch
    {
        "create" => RuntimeEventKind.Created,
        "start" => RuntimeEventKind.Started,
        "die" => RuntimeEventKind.Died,
        "oom" => RuntimeEventKind.OutOfMemory,
        "pause" => RuntimeEventKind.Paused,
        "unpause" => RuntimeEventKind.Unpaused,
        "destroy" => RuntimeEventKind.Destroyed,
        _ when action.StartsWith(HealthPrefix, StringComparison.Ordinal) => RuntimeEventKind.HealthChanged,
        _ => null,
    };
}
