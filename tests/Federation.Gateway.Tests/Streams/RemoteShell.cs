using System.Net.WebSockets;
using System.Text;
using Federation.Api.Json;
using Federation.Api.Meta;

namespace Federation.Gateway.Tests.Streams;

/// <summary>A client of exec as plain as it can be: a WebSocket whose messages begin with their channel.</summary>
internal sealed class RemoteShell : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly ClientWebSocket _socket = new();

    public static async Task<RemoteShell> OpenAsync(GatewayHarness gateway, string pod, string query, string protocol = "v5.channel.k8s.io", string? token = null)
    {
        var shell = new RemoteShell();
        using var http = gateway.Http();
        shell._socket.Options.AddSubProtocol(protocol);
        shell._socket.Options.SetRequestHeader("Authorization", $"Bearer {token ?? gateway.Client.Options.Token}");
        shell._socket.Options.CollectHttpResponseDetails = true;
        var server = gateway.Client.Options.Server;
        try
        {
            await shell._socket.ConnectAsync(new Uri($"wss://{server.Authority}/api/v1/namespaces/default/pods/{pod}/{query}"), http, Deadline());
        }
        catch (WebSocketException refused) when ((int)shell._socket.HttpStatusCode >= 400)
        {
            throw new InvalidOperationException($"{(int)shell._socket.HttpStatusCode}", refused);
        }

        return shell;
    }

    public void Dispose()
    {
        _socket.Abort();
        _socket.Dispose();
    }

    public Task SendAsync(byte channel, string data) => _socket.SendAsync((byte[])[channel, .. Encoding.UTF8.GetBytes(data)], WebSocketMessageType.Binary, endOfMessage: true, Deadline());

    /// <summary>v5's end of standard input.</summary>
    public Task EndInputAsync() => _socket.SendAsync((byte[])[255, 0], WebSocketMessageType.Binary, endOfMessage: true, Deadline());

    /// <summary>Everything, until the gateway closes.</summary>
    public async Task<(string Output, string Error, Status Result)> ReadToEndAsync()
    {
        var (output, error) = (new StringBuilder(), new StringBuilder());
        Status? result = null;
        var buffer = new byte[64 * 1024];
        while (true)
        {
            var length = 0;
            ValueWebSocketReceiveResult part;
            do
            {
                part = await _socket.ReceiveAsync(buffer.AsMemory(length), Deadline());
                length += part.Count;
            }
            while (!part.EndOfMessage);

            if (part.MessageType == WebSocketMessageType.Close)
            {
                _socket.CloseStatus.ShouldBe(WebSocketCloseStatus.NormalClosure);
                await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, Deadline());
                return (output.ToString(), error.ToString(), result.ShouldNotBeNull());
            }

            var text = Encoding.UTF8.GetString(buffer.AsSpan(1, length - 1));
            switch (buffer[0])
            {
                case 1:
                    output.Append(text);
                    break;
                case 2:
                    error.Append(text);
                    break;
                case 3:
                    result = ApiJson.FromUtf8<Status>(buffer.AsSpan(1, length - 1));
                    break;
            }
        }
    }

    private static CancellationToken Deadline() => new CancellationTokenSource(Patience).Token;
}
