using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace Federation.Gateway.Tests.Documents;

/// <summary>Discovery and OpenAPI are fetched once and then only asked about.</summary>
public sealed class FixedDocumentTests(GatewayHarness gateway) : IClassFixture<GatewayHarness>
{
    [Theory]
    [InlineData("/apis", "application/json")]
    [InlineData("/apis", "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList")]
    [InlineData("/api", "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList")]
    [InlineData("/apis/federation/v1", "application/json")]
    [InlineData("/openapi/v3", "application/json")]
    public async Task Get_WithTheTagItHas_IsNotModified(string path, string accept)
    {
        using var http = gateway.Http();
        using var first = await SendAsync(http, path, accept, null);
        first.StatusCode.ShouldBe(HttpStatusCode.OK);
        first.Content.Headers.ContentType!.ToString().Replace(" ", "", StringComparison.Ordinal).ShouldBe(accept);

        using var again = await SendAsync(http, path, accept, first.Headers.ETag);
        using var other = await SendAsync(http, path, accept, new EntityTagHeaderValue("\"other\""));

        again.StatusCode.ShouldBe(HttpStatusCode.NotModified);
        (await again.Content.ReadAsByteArrayAsync()).ShouldBeEmpty();
        other.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Aggregated_TwoVersions_HaveTagsOfTheirOwn()
    {
        using var http = gateway.Http();
        using var newer = await SendAsync(http, "/apis", "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList", null);
        using var older = await SendAsync(http, "/apis", "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList", null);

        newer.Headers.ETag.ShouldNotBe(older.Headers.ETag);
        newer.Headers.Vary.ShouldBe(["Accept"]);
    }

    [Fact]
    public async Task OpenApi_ByItsHash_MayBeKeptForever_AndByAnOldOneNot()
    {
        using var http = gateway.Http();
        var index = JsonSerializer.Deserialize<JsonElement>(await http.GetStringAsync("/openapi/v3"));
        var url = index.GetProperty("paths").GetProperty("apis/federation/v1").GetProperty("serverRelativeURL").GetString()!;
        url.ShouldMatch("^/openapi/v3/apis/federation/v1\\?hash=[0-9A-F]{64}$");

        using var current = await http.GetAsync(url);
        using var old = await http.GetAsync("/openapi/v3/apis/federation/v1?hash=0123");

        current.Headers.CacheControl!.ToString().ShouldContain("immutable");
        old.StatusCode.ShouldBe(HttpStatusCode.OK);
        old.Headers.CacheControl!.ToString().ShouldNotContain("immutable");
        (await old.Content.ReadAsByteArrayAsync()).ShouldBe(await current.Content.ReadAsByteArrayAsync());
    }

    private static Task<HttpResponseMessage> SendAsync(HttpClient http, string path, string accept, EntityTagHeaderValue? known)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.TryAddWithoutValidation("Accept", accept);
        if (known is not null)
            request.Headers.IfNoneMatch.Add(known);
        return http.SendAsync(request);
    }
}
