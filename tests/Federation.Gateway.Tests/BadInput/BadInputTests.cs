using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Federation.Gateway.Tests.Protobuf;

namespace Federation.Gateway.Tests.BadInput;

/// <summary>Input that is meant to hurt: refused as a Status, with a bounded answer, and the gateway goes on.</summary>
public sealed class BadInputTests(GatewayHarness gateway) : IClassFixture<GatewayHarness>
{
    private const string ConfigMaps = "/api/v1/namespaces/default/configmaps";
    private const int Limit = 3 * 1024 * 1024;

    public static TheoryData<string, string, int> Bodies
    {
        get
        {
            var data = new TheoryData<string, string, int>
            {
                { "empty", "", 400 },
                { "not an object", "[1]", 400 },
                { "broken", "{\"a\":", 400 },
                { "two objects", "{} {}", 400 },
                { "deep lists", new string('[', 100_000), 400 },
                { "deep objects", string.Concat(Enumerable.Repeat("{\"a\":", 100_000)), 400 },
                { "deep within", "{\"metadata\":{\"name\":\"x\",\"managedFields\":[" + new string('[', 500) + new string(']', 500) + "]}}", 400 },
                { "another kind", """{"apiVersion":"v1","kind":"Secret","metadata":{"name":"x"}}""", 422 },
                { "another version", """{"apiVersion":"v2","kind":"ConfigMap","metadata":{"name":"x"}}""", 422 },
                { "numbers as text", """{"metadata":{"name":"x","generation":1e999}}""", 422 },
                { "half a surrogate", """{"metadata":{"name":"x"},"data":{"a":"\ud800"}}""", 400 },
                { "no name", "{}", 422 },
            };
            data.Add("wrong labels", "{\"metadata\":{\"name\":\"x\",\"labels\":{" + Many(200_000, number => $"\"_{number}\":\"\"") + "}}}", 422);
            data.Add("unknown fields", "{\"metadata\":{\"name\":\"x\"}," + Many(200_000, number => $"\"f{number}\":1") + "}", 422);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task Json_ThatHurts_IsAClientError(string what, string body, int expected) => await RefusedAsync(what, Encoding.UTF8.GetBytes(body), "application/json", expected);

    [Fact]
    public async Task Json_NoUtf8_IsAClientError() => await RefusedAsync("no UTF-8", [.. "{\"metadata\":{\"name\":\"x"u8, 0xFF, .. "\"}}"u8], "application/json", 400);

    [Theory]
    [InlineData("PATCH", "application/merge-patch+json", """{"metadata":{"labels":{"\ud800":"x"}}}""")]
    [InlineData("PATCH", "application/merge-patch+json", "[1")]
    [InlineData("PATCH", "application/json-patch+json", """[{"op":"add","path":"/metadata/labels","value":{"\udc00":"x"}}]""")]
    [InlineData("PATCH", "application/json-patch+json", """{"op":"add"}""")]
    [InlineData("PATCH", "application/strategic-merge-patch+json", """{"\ud800":{"$patch":"replace"}}""")]
    [InlineData("PATCH", "application/apply-patch+yaml", "a: [")]
    [InlineData("DELETE", "application/json", """{"\ud800":1}""")]
    [InlineData("PUT", "application/json", """{"\ud800":1}""")]
    public async Task Change_ThatIsNoText_Is400(string method, string mediaType, string body)
    {
        using var http = gateway.Http();
        using var request = new HttpRequestMessage(new HttpMethod(method), "/api/v1/namespaces/default?fieldManager=me")
        {
            Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)) { Headers = { ContentType = new MediaTypeHeaderValue(mediaType) } },
        };
        using var answer = await http.SendAsync(request);
        await ShouldBeAsync(answer, body, 400);
    }

    public static TheoryData<string, string> Yamls => new()
    {
        { "deep", new string('[', 100_000) },
        { "several documents", "a: 1\n---\nb: 2\n" },
        { "same key twice", "a: 1\na: 2\n" },
        { "unknown alias", "a: *b\n" },
        { "long text, many aliases", $"a: &a {new string('x', 1_000_000)}\nb: [{string.Join(',', Enumerable.Repeat("*a", 400_000))}]\n" },
        { "aliases of aliases", string.Concat(Enumerable.Range(0, 12).Select(level => $"a{level}: &a{level} [{string.Join(',', Enumerable.Repeat(level == 0 ? "x" : $"*a{level - 1}", 10))}]\n")) },
    };

    [Theory]
    [MemberData(nameof(Yamls))]
    public async Task Yaml_ThatHurts_IsAClientError(string what, string body) => await RefusedAsync(what, Encoding.UTF8.GetBytes(body), "application/yaml", 400);

    [Fact]
    public async Task Protobuf_ManyEntries_IsAClientError()
    {
        var labels = new Wire();
        for (var number = 0; number < 300_000; number++)
            labels.Bytes(11, []);
        await RefusedAsync("same label, many times", ProtobufBodyTests.Body("v1", "ConfigMap", new Wire().Bytes(1, labels.Text(1, "x"))), "application/vnd.kubernetes.protobuf", 422);
        await RefusedAsync("cut off", "k8s\0\n"u8.ToArray(), "application/vnd.kubernetes.protobuf", 400);
    }

    [Fact]
    public async Task Body_OverTheLimit_Is413_WhetherItsLengthIsToldOrNot()
    {
        await RefusedAsync("told", new byte[Limit + 1], "application/json", 413);
        using var http = gateway.Http();
        using var request = new HttpRequestMessage(HttpMethod.Post, ConfigMaps) { Content = new ChunkedContent(Limit + 1) };
        using var answer = await http.SendAsync(request);
        await ShouldBeAsync(answer, "chunked", 413);
    }

    [Theory]
    [InlineData("resourceVersion=1&resourceVersionMatch=Roughly", 422)]
    [InlineData("limit=-1")]
    [InlineData("limit=9999999999999999999999")]
    [InlineData("limit=ten")]
    [InlineData("continue=%00%FF")]
    [InlineData("continue=bm9uc2Vuc2U")]
    [InlineData("labelSelector=a%20in%20(")]
    [InlineData("labelSelector=%3D%3D%3D")]
    [InlineData("fieldSelector=metadata.colour%3Dred")]
    [InlineData("fieldSelector=%2C%2C")]
    [InlineData("resourceVersion=newest")]
    [InlineData("resourceVersion=-1")]
    [InlineData("watch=perhaps")]
    [InlineData("watch=true&timeoutSeconds=soon")]
    public async Task Query_Garbage_IsAClientError(string query, int expected = 400)
    {
        using var http = gateway.Http();
        using var answer = await http.GetAsync($"{ConfigMaps}?{query}");
        await ShouldBeAsync(answer, query, expected);
    }

    private static string Many(int count, Func<int, string> entry) => string.Join(',', Enumerable.Range(0, count).Select(entry));

    private async Task RefusedAsync(string what, byte[] body, string mediaType, int expected)
    {
        using var http = gateway.Http();
        using var request = new HttpRequestMessage(HttpMethod.Post, ConfigMaps) { Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue(mediaType) } } };
        using var answer = await http.SendAsync(request);
        await ShouldBeAsync(answer, what, expected);
    }

    private static async Task ShouldBeAsync(HttpResponseMessage answer, string what, int expected)
    {
        var content = await answer.Content.ReadAsByteArrayAsync();
        ((int)answer.StatusCode).ShouldBe(expected, $"{what}: {Encoding.UTF8.GetString(content.AsSpan(0, Math.Min(content.Length, 500)))}");
        content.Length.ShouldBeLessThan(1024 * 1024, what);
        var status = JsonSerializer.Deserialize<JsonElement>(content);
        (status.GetProperty("kind").GetString(), status.GetProperty("code").GetInt32()).ShouldBe(("Status", expected), what);
    }

    /// <summary>Does not tell its length.</summary>
    private sealed class ChunkedContent(int length) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            var piece = new byte[64 * 1024];
            for (var left = length; left > 0; left -= piece.Length)
                await stream.WriteAsync(piece.AsMemory(0, Math.Min(left, piece.Length)));
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
