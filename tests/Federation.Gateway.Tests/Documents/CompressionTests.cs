using System.IO.Compression;
using System.Net;
using System.Text.Json;
using Federation.Api.Core;
using Federation.Api.Meta;
using Federation.Gateway.Http;
using Microsoft.AspNetCore.Http;

namespace Federation.Gateway.Tests.Documents;

public sealed class CompressionTests(GatewayHarness gateway) : IClassFixture<GatewayHarness>
{
    private const string Long = "/api/v1/namespaces/default/configmaps/long";

    [Theory]
    [InlineData(Long)]
    [InlineData("/api/v1/configmaps")]
    public async Task Get_LongAnswer_IsCompressedForThoseWhoAsk(string path)
    {
        await EnsureLongAsync();
        using var http = gateway.Http();

        using var compressed = await GetAsync(http, path, "gzip");
        using var refused = await GetAsync(http, path, "gzip;q=0, identity");
        using var plain = await GetAsync(http, path, null);

        compressed.Content.Headers.ContentEncoding.ShouldBe(["gzip"]);
        compressed.Headers.Vary.ShouldContain("Accept-Encoding");
        var bytes = await compressed.Content.ReadAsByteArrayAsync();
        var whole = await plain.Content.ReadAsByteArrayAsync();
        (refused.Content.Headers.ContentEncoding.Count, plain.Content.Headers.ContentEncoding.Count).ShouldBe((0, 0));
        whole.Length.ShouldBeGreaterThan(GzipResponseBody.LeastLength);
        bytes.Length.ShouldBeLessThan(whole.Length / 4);
        await using var unpacked = new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress);
        var copy = new MemoryStream();
        await unpacked.CopyToAsync(copy);
        JsonSerializer.Deserialize<JsonElement>(copy.ToArray()).GetProperty("kind").GetString()!.ShouldStartWith("ConfigMap");
        copy.Length.ShouldBe(whole.Length);
    }

    [Theory]
    [InlineData("/api/v1/namespaces/default", HttpStatusCode.OK)]
    [InlineData("/api/v1/namespaces/absent", HttpStatusCode.NotFound)]
    [InlineData("/openapi/v3", HttpStatusCode.OK)]
    public async Task Get_ShortAnswer_IsSentAsItIs(string path, HttpStatusCode code)
    {
        using var http = gateway.Http();

        using var answer = await GetAsync(http, path, "gzip");

        answer.StatusCode.ShouldBe(code);
        answer.Content.Headers.ContentEncoding.ShouldBeEmpty();
        JsonSerializer.Deserialize<JsonElement>(await answer.Content.ReadAsByteArrayAsync()).ValueKind.ShouldBe(JsonValueKind.Object);
    }

    [Fact]
    public async Task Watch_IsNeverCompressed()
    {
        await EnsureLongAsync();
        using var http = gateway.Http();
        using var request = Request("/api/v1/configmaps?watch=true&timeoutSeconds=30", "gzip");

        using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);

        answer.Content.Headers.ContentEncoding.ShouldBeEmpty();
        using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync());
        JsonSerializer.Deserialize<JsonElement>((await lines.ReadLineAsync())!).GetProperty("type").GetString().ShouldBe("ADDED");
    }

    [Fact]
    public void Warnings_AreEscapedOnceAndWithinBounds()
    {
        var context = new DefaultHttpContext();

        context.AddWarnings(["say \"no\" to \\", "two\r\nlines", "say \"no\" to \\", "größer", " "]);
        context.Response.Headers["Warning"].ToArray().ShouldBe(["299 - \"say \\\"no\\\" to \\\\\"", "299 - \"two  lines\"", "299 - \"gr??er\""]);

        context = new DefaultHttpContext();
        context.AddWarnings(Enumerable.Range(0, 1000).Select(number => $"{number} {new string('x', 500)}"));
        var shortened = context.Response.Headers["Warning"].ToArray();
        shortened.Length.ShouldBe(WarningHeader.LongestTogether / WarningHeader.LongestShortened);
        shortened[0]!.ShouldEndWith("x...\"");
    }

    private static HttpRequestMessage Request(string path, string? encoding)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (encoding is not null)
            request.Headers.TryAddWithoutValidation("Accept-Encoding", encoding);
        return request;
    }

    private static async Task<HttpResponseMessage> GetAsync(HttpClient http, string path, string? encoding)
    {
        using var request = Request(path, encoding);
        return await http.SendAsync(request);
    }

    private async Task EnsureLongAsync()
    {
        if (await gateway.Client.FindAsync<ConfigMap>("long", "default") is null)
            await gateway.Client.CreateAsync(new ConfigMap { Metadata = new ObjectMeta { Name = "long", Namespace = "default" }, Data = new Dictionary<string, string> { ["text"] = new('a', 300_000) } });
    }
}
