using System.Text.Json;
using Federation.Client;

namespace Federation.Gateway.Tests.Watching;

/// <summary>One watch as it comes over the wire, line by line.</summary>
internal sealed class RawWatch(HttpClient http, HttpResponseMessage response, StreamReader lines) : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    /// <param name="client">Whose gateway; null: the harness's own.</param>
    public static async Task<RawWatch> OpenAsync(GatewayHarness gateway, string path, string accept = "application/json", FederationClient? client = null)
    {
        var http = gateway.Http(client: client);
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.TryAddWithoutValidation("Accept", accept);
        var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        response.IsSuccessStatusCode.ShouldBeTrue();
        return new RawWatch(http, response, new StreamReader(await response.Content.ReadAsStreamAsync()));
    }

    public async Task<JsonElement> ReadAsync() => (await TryReadAsync()).ShouldNotBeNull();

    /// <summary>Null: the watch is over.</summary>
    public async Task<JsonElement?> TryReadAsync() => await lines.ReadLineAsync().WaitAsync(Deadline) is { } line ? JsonSerializer.Deserialize<JsonElement>(line) : null;

    public async Task<(string Type, string Name, long Revision, string Labels)> NextAsync()
    {
        var line = await ReadAsync();
        var metadata = line.GetProperty("object").GetProperty("metadata");
        return (line.GetProperty("type").GetString()!, metadata.TryGetProperty("name", out var name) ? name.GetString()! : "",
            long.Parse(metadata.GetProperty("resourceVersion").GetString()!), metadata.TryGetProperty("labels", out var labels) ? labels.GetRawText() : "");
    }

    public async Task<bool> EndAsync() => await TryReadAsync() is null;

    public ValueTask DisposeAsync()
    {
        lines.Dispose();
        response.Dispose();
        http.Dispose();
        return ValueTask.CompletedTask;
    }
}
