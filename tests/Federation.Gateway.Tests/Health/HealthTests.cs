using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Federation.TestKit.Waiting;
using Federation.Gateway.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace Federation.Gateway.Tests.Health;

public sealed partial class HealthTests : IAsyncLifetime
{
    private readonly GatewayHarness _gateway = new() { Configure = static services => services.AddSingleton<IDnsExplainer, Explainer>() };

    public Task InitializeAsync() => _gateway.InitializeAsync();

    public Task DisposeAsync() => _gateway.DisposeAsync();

    [Fact]
    public async Task Readyz_Verbose_SaysWhatWasChecked_WithoutAToken()
    {
        using var http = _gateway.Http("");

        (await http.GetStringAsync("/healthz")).ShouldBe("ok");
        (await http.GetStringAsync("/readyz")).ShouldBe("ok");
        (await http.GetStringAsync("/readyz?verbose")).ShouldBe("[+]store ok\n[+]cache ok\n[+]credentials ok\nreadyz check passed\n");
    }

    [Fact]
    public async Task Readyz_StoreGone_SaysSo()
    {
        await _gateway.Store.DisposeAsync();
        using var http = _gateway.Http("");

        using var answer = await http.GetAsync("/readyz");

        answer.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        (await answer.Content.ReadAsStringAsync()).ShouldContain("[-]store failed: ");
    }

    [Fact]
    public async Task Metrics_HaveRequestsAndWatchers()
    {
        using var http = _gateway.Http();
        using var watch = await http.GetAsync("/api/v1/namespaces?watch=true", HttpCompletionOption.ResponseHeadersRead);

        await http.GetStringAsync("/api/v1/namespaces");

        // A request is counted a moment after it was answered, and other tests' gateways are counted as well.
        await Eventually.ReadAsync(
            () => http.GetStringAsync("/metrics"),
            metrics => WatchersOfNamespaces().IsMatch(metrics) && RequestsForNamespaces().IsMatch(metrics),
            "the watcher and the request are counted");
    }

    [GeneratedRegex("^federation_gateway_watchers\\{resource=\"namespaces\"\\} [1-9]", RegexOptions.Multiline, matchTimeoutMilliseconds: 5000)]
    private static partial Regex WatchersOfNamespaces();

    [GeneratedRegex("^http_server_request_duration_seconds_count\\{.*http_route=\"/api/v1/namespaces\".*\\} [1-9]", RegexOptions.Multiline, matchTimeoutMilliseconds: 5000)]
    private static partial Regex RequestsForNamespaces();

    [Fact]
    public async Task DnsExplain_IsAnsweredByTheHost()
    {
        (await _gateway.Client.SendJsonAsync(HttpMethod.Get, "/federation/v1/dns/explain?name=web.test&type=AAAA")).GetProperty("asked").GetString().ShouldBe("web.test AAAA anybody");
        (await _gateway.Client.SendJsonAsync(HttpMethod.Get, "/federation/v1/dns/explain?name=web.test&from=192.0.2.0/24")).GetProperty("asked").GetString().ShouldBe("web.test A 192.0.2.0/24");
        (await _gateway.SendAsync(HttpMethod.Get, "/federation/v1/dns/explain?name=..")).Code.ShouldBe(HttpStatusCode.BadRequest);
        (await _gateway.SendAsync(HttpMethod.Get, "/federation/v1/dns/explain")).Code.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task DnsExport_IsAnsweredByTheHost()
    {
        (await _gateway.Client.SendJsonAsync(HttpMethod.Get, "/federation/v1/dns/export?zone=web.test")).GetProperty("text").GetString().ShouldBe("; web.test");
        (await _gateway.SendAsync(HttpMethod.Get, "/federation/v1/dns/export?zone=..")).Code.ShouldBe(HttpStatusCode.BadRequest);
        (await _gateway.SendAsync(HttpMethod.Get, "/federation/v1/dns/export?zone=other.test")).Code.ShouldBe(HttpStatusCode.BadRequest);
        (await _gateway.SendAsync(HttpMethod.Get, "/federation/v1/dns/export")).Code.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task DnsDs_IsAnsweredByTheHost()
    {
        (await _gateway.Client.SendJsonAsync(HttpMethod.Get, "/federation/v1/dns/ds?zone=web.test")).GetProperty("zone").GetString().ShouldBe("web.test");
        (await _gateway.SendAsync(HttpMethod.Get, "/federation/v1/dns/ds?zone=other.test")).Code.ShouldBe(HttpStatusCode.BadRequest);
        (await _gateway.SendAsync(HttpMethod.Get, "/federation/v1/dns/ds")).Code.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task DnsStatus_IsAnsweredByTheHost() =>
        (await _gateway.Client.SendJsonAsync(HttpMethod.Get, "/federation/v1/dns/status")).GetProperty("zone").GetString().ShouldBe("fed.test.");

    private sealed class Explainer : IDnsExplainer
    {
        public JsonObject? RecordsForParent(string zone) => zone == "web.test" ? new JsonObject { ["zone"] = zone } : null;

        public Task<JsonObject> StatusAsync(CancellationToken cancellationToken) => Task.FromResult(new JsonObject { ["zone"] = "fed.test." });

        public JsonObject? Export(string zone) => zone switch
        {
            ".." => throw new FormatException("no name"),
            "web.test" => new JsonObject { ["text"] = $"; {zone}" },
            _ => null,
        };

        public JsonObject Explain(string name, string type, string? from) =>
            name == ".." ? throw new FormatException("no name") : new JsonObject { ["asked"] = $"{name} {type} {from ?? "anybody"}" };
    }
}
