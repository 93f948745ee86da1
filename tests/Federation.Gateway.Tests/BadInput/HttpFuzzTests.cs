using System.Net.Http.Headers;
using System.Text.Json;
using Xunit.Abstractions;

namespace Federation.Gateway.Tests.BadInput;

/// <summary>Broken requests for every endpoint: each is answered, never with a failure of the server, and errors are a Status.</summary>
public sealed class HttpFuzzTests(GatewayHarness gateway, ITestOutputHelper output) : IClassFixture<GatewayHarness>
{
    private const int Requests = 1500;

    private static readonly string[] Paths =
    [
        "/api/v1/namespaces", "/api/v1/namespaces/fuzz", "/api/v1/namespaces/default/configmaps", "/api/v1/namespaces/default/configmaps/fuzz", "/api/v1/namespaces/default/secrets/fuzz",
        "/api/v1/namespaces/default/events", "/api/v1/pods", "/api/v1/namespaces/default/pods/fuzz", "/api/v1/namespaces/default/pods/fuzz/log", "/api/v1/namespaces/default/pods/fuzz/eviction",
        "/apis/federation/v1/namespaces/default/apps", "/apis/federation/v1/namespaces/default/apps/fuzz", "/apis/federation/v1/namespaces/default/apps/fuzz/status",
        "/apis/federation/v1/namespaces/default/apps/fuzz/scale", "/apis/federation/v1/clusters", "/apis/federation/v1/clusters/fuzz", "/apis/federation/v1", "/api", "/openapi/v3",
        "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", "/agent/v1/tokens", "/federation/v1/dns/explain", "/api/v1/services", "/readyz", "/metrics",
    ];

    private static readonly string[] Queries =
    [
        "", "limit=5", "limit=1&continue=abc", "resourceVersion=0", "resourceVersion=1&resourceVersionMatch=Exact", "labelSelector=tier%3Dprod%2Capp%20in%20(web)", "fieldSelector=metadata.name%3Dx",
        "watch=true&timeoutSeconds=1&resourceVersion=1", "dryRun=All&fieldManager=me&fieldValidation=Strict", "force=true&fieldManager=me", "includeObject=Object", "propagationPolicy=Foreground&gracePeriodSeconds=1",
        "container=web&tailLines=5&follow=false", "name=web.default.svc.fed.test&type=A", "timeoutSeconds=1&watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan",
    ];

    private static readonly string[] MediaTypes =
    [
        "application/json", "application/yaml", "application/vnd.kubernetes.protobuf", "application/merge-patch+json", "application/json-patch+json", "application/strategic-merge-patch+json", "application/apply-patch+yaml", "text/plain",
    ];

    private static readonly HttpMethod[] Methods = [HttpMethod.Get, HttpMethod.Post, HttpMethod.Put, HttpMethod.Patch, HttpMethod.Delete];

    private static readonly byte[][] Bodies = [.. Samples.Json.Concat(Samples.Patches).Append(Samples.AppYaml).Select(Samples.Utf8), .. Samples.Protobuf];

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    public async Task AnyRequest_IsAnswered_NeverWithAFailureOfTheServer(int seed)
    {
        var mutator = new Mutator(seed);
        using var http = gateway.Http();
        var codes = new SortedDictionary<int, int>();
        for (var round = 0; round < Requests; round++)
        {
            var (method, path) = (mutator.Pick(Methods), mutator.Pick(Paths));
            var query = mutator.Pick(Queries);
            if (mutator.OneIn(3))
                query = Escaped(mutator.Mutate(query));
            if (mutator.OneIn(6))
                path = "/" + Escaped(mutator.Mutate(path).TrimStart('/'));
            using var request = new HttpRequestMessage(method, $"{path}?{query}");
            request.Headers.TryAddWithoutValidation("Accept", mutator.OneIn(5) ? "application/json;as=Table;v=v1;g=meta.k8s.io" : "application/json");
            if (method != HttpMethod.Get)
            {
                var body = mutator.Pick(Bodies);
                request.Content = new ByteArrayContent(mutator.OneIn(3) ? body : mutator.Mutate(body)) { Headers = { ContentType = new MediaTypeHeaderValue(mutator.Pick(MediaTypes)) } };
            }

            var what = $"seed {seed}, round {round}: {method} {request.RequestUri}";
            using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, deadline.Token);
            var code = (int)answer.StatusCode;
            codes[code] = codes.GetValueOrDefault(code) + 1;
            // A watch whose timeout was broken away ends when the client goes.
            if (code == 200 && query.Contains('w'))
                continue;
            var content = await answer.Content.ReadAsByteArrayAsync(deadline.Token);
            // 503 only where a name server would be needed.
            (code < 500 || (code == 503 && path.StartsWith("/federation/", StringComparison.OrdinalIgnoreCase))).ShouldBeTrue($"{what}: {code} {System.Text.Encoding.UTF8.GetString(content)}");
            if (code >= 400 && content.Length > 0)
                JsonSerializer.Deserialize<JsonElement>(content).GetProperty("code").GetInt32().ShouldBe(code, what);
        }

        output.WriteLine(string.Join(", ", codes.Select(code => $"{code.Key}: {code.Value}")));
        codes.Keys.ShouldContain(200);
        codes.Keys.ShouldContain(400);
        (await gateway.SendAsync(HttpMethod.Get, "/api/v1/namespaces/default")).Code.ShouldBe(System.Net.HttpStatusCode.OK);
    }

    /// <summary>Broken, but so that it can be sent: what is not allowed in a URL is percent-encoded, in bytes that need not be text.</summary>
    private static string Escaped(string text) => string.Concat(System.Text.Encoding.UTF8.GetBytes(text).Select(value =>
        char.IsAsciiLetterOrDigit((char)value) || "/=&%.-_~:,()!".Contains((char)value) ? ((char)value).ToString() : $"%{value:X2}")).Replace("//", "/", StringComparison.Ordinal);
}
