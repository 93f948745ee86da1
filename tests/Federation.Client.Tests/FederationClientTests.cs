using System.Net;
using System.Text.Json.Nodes;
using Federation.Api.Apps;
using Federation.Api.Clusters;
using Federation.Api.Meta;
using Federation.Client.Manifests;

namespace Federation.Client.Tests;

public sealed class FederationClientTests
{
    private const string WebJson = """{"apiVersion":"federation/v1","kind":"App","metadata":{"name":"web","namespace":"shop","resourceVersion":"7"},"spec":{"replicas":3}}""";

    [Fact]
    public async Task Get_Namespaced_AsksWithTokenAndReadsTheObject()
    {
        string? authorization = null;
        using var gateway = new FakeGateway((request, _) =>
        {
            authorization = request.Headers.Authorization?.ToString();
            return FakeGateway.Json(WebJson);
        });
        using var client = new FederationClient(FakeGateway.Options, handler: gateway);

        var web = await client.GetAsync<App>("web", "shop");

        web.Spec.Replicas.ShouldBe(3);
        authorization.ShouldBe("Bearer secret");
        gateway.Requests.ShouldHaveSingleItem().PathAndQuery.ShouldBe("/apis/federation/v1/namespaces/shop/apps/web");
    }

    [Fact]
    public async Task Get_ClusterScopedAndDefaultNamespace_UseTheRightPaths()
    {
        using var gateway = new FakeGateway((_, _) => FakeGateway.Failure(404, StatusReasons.NotFound));
        using var client = new FederationClient(FakeGateway.Options, handler: gateway);

        (await client.FindAsync<Cluster>("us-east", "ignored")).ShouldBeNull();
        (await client.FindAsync<App>("web")).ShouldBeNull();

        gateway.Requests.Select(request => request.PathAndQuery).ShouldBe(["/apis/federation/v1/clusters/us-east", "/apis/federation/v1/namespaces/default/apps/web"]);
    }

    [Fact]
    public async Task Refusal_IsAnExceptionWithTheStatus()
    {
        using var gateway = new FakeGateway((_, _) => FakeGateway.Failure(409, StatusReasons.Conflict, "it changed"));
        using var client = new FederationClient(FakeGateway.Options, handler: gateway);

        var refused = await Should.ThrowAsync<StatusException>(() => client.CreateAsync(new App()));

        (refused.IsConflict, refused.Reason, refused.Message).ShouldBe((true, StatusReasons.Conflict, "it changed"));
    }

    [Fact]
    public async Task Refusal_NotFromAGateway_KeepsCodeAndWords()
    {
        using var gateway = new FakeGateway((_, _) => new HttpResponseMessage(HttpStatusCode.BadGateway) { Content = new StringContent("proxy is sad") });
        using var client = new FederationClient(FakeGateway.Options, handler: gateway);

        var refused = await Should.ThrowAsync<StatusException>(() => client.GetAsync<App>("web"));

        (refused.Code, refused.Message).ShouldBe((502, "HTTP 502: proxy is sad"));
    }

    [Fact]
    public async Task Unreachable_SaysWhichServer()
    {
        using var gateway = new FakeGateway((_, _) => throw new HttpRequestException("refused"));
        using var client = new FederationClient(FakeGateway.Options, handler: gateway);

        (await Should.ThrowAsync<GatewayUnavailableException>(() => client.GetAsync<App>("web"))).Message.ShouldBe("https://gateway.test:8443/ cannot be reached: refused");
    }

    [Fact]
    public async Task List_Chunks_ArePutTogether()
    {
        using var gateway = new FakeGateway((request, _) => FakeGateway.Json(request.RequestUri!.Query.Contains("continue=t1", StringComparison.Ordinal)
            ? $$"""{"metadata":{"resourceVersion":"9"},"items":[{{WebJson}}]}"""
            : $$"""{"metadata":{"resourceVersion":"9","continue":"t1"},"items":[{{WebJson}},{{WebJson}}]}"""));
        using var client = new FederationClient(FakeGateway.Options, handler: gateway);

        var list = await client.ListAsync<App>(new ListQuery { LabelSelector = "a in (b)", PageSize = 2 });

        (list.Items.Count, list.ResourceVersion).ShouldBe((3, "9"));
        gateway.Requests[1].PathAndQuery.ShouldBe("/apis/federation/v1/apps?labelSelector=a in (b)&limit=2&continue=t1");
    }

    [Fact]
    public async Task Delete_Preconditions_AreSent()
    {
        using var gateway = new FakeGateway((_, _) => FakeGateway.Json("{}"));
        using var client = new FederationClient(FakeGateway.Options, handler: gateway);

        await client.DeleteAsync<App>("web", "shop", new DeleteOptions { Uid = "u", ResourceVersion = "5" });

        gateway.Requests.ShouldHaveSingleItem().Body.ShouldBe("""{"apiVersion":"v1","kind":"DeleteOptions","preconditions":{"uid":"u","resourceVersion":"5"}}""");
    }

    [Fact]
    public async Task Warning_IsPassedOn()
    {
        var warnings = new List<string>();
        using var gateway = new FakeGateway((_, _) =>
        {
            var answer = FakeGateway.Json(WebJson);
            answer.Headers.TryAddWithoutValidation("Warning", "299 - \"spec.x is \\\"old\\\"\"");
            return answer;
        });
        using var client = new FederationClient(FakeGateway.Options with { OnWarning = warnings.Add }, handler: gateway);

        await client.GetAsync<App>("web");

        warnings.ShouldBe(["spec.x is \"old\""]);
    }

    [Fact]
    public async Task Apply_Missing_CreatesWithTheAnnotation()
    {
        using var gateway = new FakeGateway((request, body) => request.Method == HttpMethod.Get ? FakeGateway.Failure(404, StatusReasons.NotFound) : FakeGateway.Json(body, HttpStatusCode.Created));
        using var client = new FederationClient(FakeGateway.Options, handler: gateway);

        var result = await client.ApplyAsync(WebManifest(replicas: 3));

        result.Change.ShouldBe(ApplyChange.Created);
        var annotation = result.Object.GetProperty("metadata").GetProperty("annotations").GetProperty("kubectl.kubernetes.io/last-applied-configuration").GetString();
        JsonNode.Parse(annotation!)!["spec"]!["replicas"]!.GetValue<int>().ShouldBe(3);
    }

    [Fact]
    public async Task Apply_CreatedByAnotherMeanwhile_IsDecidedAnew()
    {
        var gets = 0;
        using var gateway = new FakeGateway((request, body) => request.Method.Method switch
        {
            "GET" => gets++ == 0 ? FakeGateway.Failure(404, StatusReasons.NotFound) : FakeGateway.Json(WebJson),
            "POST" => FakeGateway.Failure(409, StatusReasons.AlreadyExists, name: "web"),
            _ => FakeGateway.Json(WebJson.Replace("\"7\"", "\"8\"", StringComparison.Ordinal)),
        });
        using var client = new FederationClient(FakeGateway.Options, handler: gateway);

        (await client.ApplyAsync(WebManifest(replicas: 5))).Change.ShouldBe(ApplyChange.Configured);

        gateway.Requests[^1].Method.ShouldBe("PATCH");
        JsonNode.Parse(gateway.Requests[^1].Body)!["spec"]!.ToJsonString().ShouldBe("""{"replicas":5}""");
    }

    [Fact]
    public async Task Apply_ServerChangesNothing_IsUnchanged()
    {
        using var gateway = new FakeGateway((_, _) => FakeGateway.Json(WebJson));
        using var client = new FederationClient(FakeGateway.Options, handler: gateway);

        (await client.ApplyAsync(WebManifest(replicas: 3))).Change.ShouldBe(ApplyChange.Unchanged);
    }

    private static Manifest WebManifest(int replicas) =>
        ManifestReader.Read($"apiVersion: federation/v1\nkind: App\nmetadata: {{ name: web, namespace: shop }}\nspec: {{ replicas: {replicas} }}", "web.yaml").Single();
}
