using System.Net;
using System.Text;

namespace Federation.Client.Tests;

/// <summary>Answers requests with a function; keeps what was asked.</summary>
internal sealed class FakeGateway(Func<HttpRequestMessage, string, HttpResponseMessage> answer) : HttpMessageHandler
{
    public List<(string Method, string PathAndQuery, string Body)> Requests { get; } = [];

    public static ClientOptions Options { get; } = new() { Server = new Uri("https://gateway.test:8443"), Token = "secret" };

    public static HttpResponseMessage Json(string json, HttpStatusCode code = HttpStatusCode.OK) =>
        new(code) { Content = new StringContent(json, Encoding.UTF8, "application/json") };

    public static HttpResponseMessage Failure(int code, string reason, string message = "no", string? name = null) => Json(
        $$"""{"apiVersion":"v1","kind":"Status","metadata":{},"status":"Failure","message":"{{message}}","reason":"{{reason}}","details":{"name":"{{name}}"},"code":{{code}}}""",
        (HttpStatusCode)code);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var body = request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken);
        lock (Requests)
            Requests.Add((request.Method.Method, Uri.UnescapeDataString(request.RequestUri!.PathAndQuery), body));
        return answer(request, body);
    }
}
