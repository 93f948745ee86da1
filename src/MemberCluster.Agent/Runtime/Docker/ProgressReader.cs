using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using MemberCluster.Agent.Runtime.Docker.Wire;

namespace MemberCluster.Agent.Runtime.Docker;

/// <summary>Reads answers that are one JSON object per line.</summary>
internal static class ProgressReader
{
    /// <summary>Lines of a pull, import or load. An error in a line, a silence longer than the idle timeout and a broken connection are thrown.</summary>
    public static async IAsyncEnumerable<ProgressWire> ReadAsync(
        DockerHttp http, EngineCall call, HttpResponseMessage response, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var idle = http.Options.TransferIdleTimeout;
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancellationToken));
        while (await ReadOneAsync(http, call, reader, idle, cancellationToken) is { } line)
        {
            if (line.Error is { } error)
                throw EngineErrors.FromStream(call, error);
            yield return line;
        }
    }

    /// <summary>Null at the end of the stream.</summary>
    public static async Task<T?> ReadLineAsync<T>(StreamReader reader, JsonTypeInfo<T> type, CancellationToken cancellationToken)
        where T : class
    {
        while (await reader.ReadLineAsync(cancellationToken) is { } text)
        {
            if (text.Length > 0)
                return JsonSerializer.Deserialize(text, type);
        }

        return null;
    }

    private static async Task<ProgressWire?> ReadOneAsync(DockerHttp http, EngineCall call, StreamReader reader, TimeSpan idle, CancellationToken cancellationToken)
    {
        using var timer = new CancellationTokenSource(idle, http.Time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timer.Token);
        try
        {
            return await ReadLineAsync(reader, DockerJson.Default.ProgressWire, linked.Token);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new RuntimeException(RuntimeFailure.Timeout, $"Cannot {call.What}: no progress for {idle.TotalSeconds:0} s.", exception);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or JsonException)
        {
            throw http.Broken(call, exception);
        }
    }
}
