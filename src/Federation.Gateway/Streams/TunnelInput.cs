using System.Text.Json;
using Federation.Api.Json;
using Federation.Api.Streams;

namespace Federation.Gateway.Streams;

/// <summary>The way from a client to the agent. What comes after the command has ended is dropped: the client learns of the end from its result.</summary>
internal sealed class TunnelInput(StreamTunnel tunnel)
{
    private bool _hasEnded;

    public Task WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken) => SendAsync(() => tunnel.WriteAsync(StreamChannel.Input, data, cancellationToken));

    public Task EndAsync(CancellationToken cancellationToken) => SendAsync(() => tunnel.EndAsync(StreamChannel.Input, cancellationToken));

    /// <param name="json"><c>{"Width": columns, "Height": rows}</c>; anything else is left out.</param>
    public Task ResizeAsync(ReadOnlyMemory<byte> json, CancellationToken cancellationToken) =>
        ParseSize(json.Span) is { } size ? SendAsync(() => tunnel.WriteAsync(StreamChannel.Resize, ApiJson.ToUtf8(size), cancellationToken)) : Task.CompletedTask;

    private async Task SendAsync(Func<ValueTask> send)
    {
        if (_hasEnded)
            return;
        try
        {
            await send();
        }
        catch (StreamEndedException)
        {
            _hasEnded = true;
        }
    }

    private static TerminalSize? ParseSize(ReadOnlySpan<byte> json)
    {
        try
        {
            var reader = new Utf8JsonReader(json);
            using var document = JsonDocument.ParseValue(ref reader);
            return document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.TryGetProperty("Width", out var width) && width.TryGetInt32(out var columns)
                && document.RootElement.TryGetProperty("Height", out var height) && height.TryGetInt32(out var rows)
                ? new TerminalSize(columns, rows)
                : null;
        }
        catch (Exception wrong) when (wrong is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
