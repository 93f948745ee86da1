using System.Net;
using System.Text.Json.Nodes;
using Federation.Api.Clusters;
using Federation.Api.Core;
using Federation.Api.Meta;
using Federation.Client;

namespace Federation.Gateway.Tests.Resources;

public sealed class ResourceEndpointTests(GatewayHarness gateway) : IClassFixture<GatewayHarness>
{
    private const string Clusters = "/apis/federation/v1/clusters";

    [Fact]
    public async Task Create_ThenGet_ShowsTheObjectAtOnce()
    {
        for (var index = 0; index < 20; index++)
        {
            var created = await gateway.Client.CreateAsync(NewEvent("shop", $"e-create-{index}"));

            created.Metadata.Uid.ShouldNotBeNullOrEmpty();
            var read = await gateway.Client.GetAsync<Event>($"e-create-{index}", "shop");
            (read.Metadata.ResourceVersion, read.Message).ShouldBe((created.Metadata.ResourceVersion, "a test"));
        }
    }

    [Fact]
    public async Task Create_Twice_IsAlreadyExists()
    {
        await gateway.Client.CreateAsync(NewCluster("c-twice"));

        var refused = await Should.ThrowAsync<StatusException>(() => gateway.Client.CreateAsync(NewCluster("c-twice")));

        (refused.Code, refused.Reason).ShouldBe((409, StatusReasons.AlreadyExists));
    }

    [Fact]
    public async Task Create_ThreeMistakes_NamesAllByPathAndWritesNothing()
    {
        const string Body = """{"apiVersion":"federation/v1","kind":"Cluster","metadata":{"name":"c-wrong"},"spec":{"region":"NOT A REGION","addresses":["1.2.3"],"colour":"red"}}""";

        var (code, status) = await gateway.SendAsync(HttpMethod.Post, Clusters, Body);

        code.ShouldBe(HttpStatusCode.UnprocessableEntity);
        status.GetProperty("details").GetProperty("causes").EnumerateArray().Select(cause => cause.GetProperty("field").GetString())
            .ShouldBe(["spec.region", "spec.addresses[0]", "spec.colour"], ignoreOrder: true);
        (await gateway.Client.FindAsync<Cluster>("c-wrong")).ShouldBeNull();
    }

    [Theory]
    [InlineData("{", 400)]
    [InlineData("[]", 400)]
    [InlineData("", 400)]
    [InlineData("""{"apiVersion":"federation/v1","kind":"Cluster","metadata":{},"spec":{"region":"r"}}""", 422)]
    [InlineData("""{"apiVersion":"federation/v1","kind":"Cluster","metadata":{"name":"a/b"},"spec":{"region":"r"}}""", 422)]
    [InlineData("""{"apiVersion":"v1","kind":"Pod","metadata":{"name":"x"}}""", 422)]
    public async Task Create_BadBody_IsAClientError(string body, int expected)
    {
        var (code, status) = await gateway.SendAsync(HttpMethod.Post, Clusters, body);

        ((int)code).ShouldBeInRange(400, 422, status.ToString());
        (code, status.GetProperty("kind").GetString()).ShouldBe(((HttpStatusCode)expected, "Status"), status.ToString());
    }

    [Fact]
    public async Task Create_AppWithHostsThatItDoesNotGet_IsTakenWithAWarningForEach()
    {
        const string zone = """{"apiVersion":"federation/v1","kind":"Zone","metadata":{"name":"hosts.example"},"spec":{"hosts":[{"name":"www","namespace":"default"},{"name":"blog","namespace":"press"}]}}""";
        const string app = """
            {"apiVersion":"federation/v1","kind":"App","metadata":{"name":"hosted"},"spec":{"replicas":0,"template":{"spec":{"containers":[{"name":"c","image":"i"}]}},"expose":[{"port":80,"dns":{"hosts":[
            {"name":"www.hosts.example"},{"name":"blog.hosts.example"},{"name":"ftp.hosts.example"},{"name":"hosts.example"},{"name":"www.nowhere.example"},{"name":"label"}]}}]}}
            """;
        (await gateway.SendAsync(HttpMethod.Post, "/apis/federation/v1/zones", zone)).Code.ShouldBe(HttpStatusCode.Created);
        using var http = gateway.Http();
        using var content = new StringContent(app, System.Text.Encoding.UTF8, "application/json");

        using var answer = await http.PostAsync(new Uri("/apis/federation/v1/namespaces/default/apps", UriKind.Relative), content);

        answer.StatusCode.ShouldBe(HttpStatusCode.Created);
        answer.Headers.GetValues("Warning").ShouldBe(
        [
            "299 - \"host blog.hosts.example is not answered for this app: Zone hosts.example has it for namespace press\"",
            "299 - \"host ftp.hosts.example is not answered for this app: Zone hosts.example has it for no namespace (spec.hosts)\"",
            "299 - \"host hosts.example is not answered for this app: Zone hosts.example has it for no namespace (spec.hosts: \\\"@\\\" is the zone's own name)\"",
            "299 - \"host www.nowhere.example is not answered for this app: no Zone object has it\"",
        ]);
    }

    [Fact]
    public async Task Create_Yaml_IsTaken()
    {
        const string Body = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: from-yaml\n  labels: { a: \"1\" }\n";

        var (code, _) = await gateway.SendAsync(HttpMethod.Post, "/api/v1/namespaces", Body, "application/yaml");

        code.ShouldBe(HttpStatusCode.Created);
        (await gateway.Client.GetAsync<Namespace>("from-yaml")).Metadata.Labels["a"].ShouldBe("1");
    }

    [Fact]
    public async Task Create_GenerateName_GetsAName()
    {
        var created = await gateway.Client.CreateAsync(new Namespace { Metadata = new ObjectMeta { GenerateName = "made-" } });

        created.Metadata.Name.ShouldMatch("^made-[a-z0-9]{5}$");
    }

    [Theory]
    [InlineData("application/xml", "application/json")]
    public async Task Create_OtherMediaType_Is415(string mediaType, string says)
    {
        var (code, status) = await gateway.SendAsync(HttpMethod.Post, "/api/v1/namespaces", "x", mediaType);

        code.ShouldBe(HttpStatusCode.UnsupportedMediaType);
        status.GetProperty("message").GetString()!.ShouldContain(says);
    }

    [Fact]
    public async Task Create_TooLarge_Is413()
    {
        var (code, status) = await gateway.SendAsync(HttpMethod.Post, "/api/v1/namespaces", new string(' ', 3 * 1024 * 1024 + 1));

        (code, status.GetProperty("reason").GetString()).ShouldBe((HttpStatusCode.RequestEntityTooLarge, StatusReasons.RequestEntityTooLarge));
    }

    [Fact]
    public async Task Replace_StaleRevision_IsConflict()
    {
        var created = await gateway.Client.CreateAsync(NewEvent("shop", "e-stale"));
        await gateway.Client.ReplaceAsync(created with { Message = "first" });

        var refused = await Should.ThrowAsync<StatusException>(() => gateway.Client.ReplaceAsync(created with { Message = "second" }));

        (refused.Code, refused.Reason).ShouldBe((409, StatusReasons.Conflict));
        (await gateway.Client.GetAsync<Event>("e-stale", "shop")).Message.ShouldBe("first");
    }

    [Fact]
    public async Task MergePatch_SetsAndRemoves()
    {
        await gateway.Client.CreateAsync(NewCluster("c-patch") with { Metadata = new ObjectMeta { Name = "c-patch", Labels = new Dictionary<string, string> { ["a"] = "1", ["b"] = "2" } } });

        var patched = await gateway.Client.PatchAsync<Cluster>("c-patch", JsonNode.Parse("""{"metadata":{"labels":{"a":null,"c":"3"}}}""")!.AsObject());

        patched.Metadata.Labels.ShouldBe(new Dictionary<string, string> { ["b"] = "2", ["c"] = "3" }, ignoreOrder: true);
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("application/apply-patch+cbor")]
    [InlineData("application/cbor-seq")]
    public async Task Patch_TypeNotServed_Is415(string mediaType)
    {
        var (code, status) = await gateway.SendAsync(HttpMethod.Patch, $"{Clusters}/any", "{}", mediaType);

        code.ShouldBe(HttpStatusCode.UnsupportedMediaType);
        status.GetProperty("message").GetString()!.ShouldContain("application/apply-patch+yaml");
    }

    [Fact]
    public async Task Delete_Preconditions_AreKept()
    {
        var created = await gateway.Client.CreateAsync(NewEvent("default", "e-delete"));

        var refused = await Should.ThrowAsync<StatusException>(() => gateway.Client.DeleteAsync<Event>("e-delete", "default", new DeleteOptions { Uid = "another" }));
        refused.Code.ShouldBe(409);
        await gateway.Client.DeleteAsync<Event>("e-delete", "default", new DeleteOptions { Uid = created.Metadata.Uid });

        (await gateway.Client.FindAsync<Event>("e-delete", "default")).ShouldBeNull();
    }

    [Fact]
    public async Task DryRun_WritesNothing()
    {
        var (code, body) = await gateway.SendAsync(HttpMethod.Post, Clusters + "?dryRun=All", """{"apiVersion":"federation/v1","kind":"Cluster","metadata":{"name":"c-dry"},"spec":{"region":"r"}}""");

        code.ShouldBe(HttpStatusCode.Created, body.ToString());
        (await gateway.Client.FindAsync<Cluster>("c-dry")).ShouldBeNull();
    }

    [Theory]
    [InlineData("GET", "/nowhere", 404)]
    [InlineData("GET", "/apis/federation/v1/credentials", 404)]
    [InlineData("GET", "/apis/federation/internal/credentials", 404)]
    [InlineData("POST", "/apis/federation/v2/apps", 404)]
    [InlineData("GET", "/api/v1/namespaces/none", 404)]
    [InlineData("POST", "/api/v1/pods", 405)]
    [InlineData("PUT", "/api/v1/namespaces/default/pods/x", 405)]
    [InlineData("DELETE", "/api/v1/namespaces", 405)]
    [InlineData("DELETE", "/apis/federation/v1/apps", 405)]
    [InlineData("GET", Clusters + "?labelSelector=a in b", 400)]
    [InlineData("GET", Clusters + "?fieldSelector=spec.nothing=x", 400)]
    [InlineData("GET", Clusters + "?limit=-1", 400)]
    [InlineData("GET", Clusters + "?continue=nonsense", 400)]
    [InlineData("GET", Clusters + "?resourceVersion=abc", 400)]
    [InlineData("GET", Clusters + "?watch=perhaps", 400)]
    [InlineData("GET", Clusters + "?watch=true&sendInitialEvents=true", 422)]
    [InlineData("GET", "/api/v1/namespaces/default/pods/none/log", 404)]
    public async Task Request_ThatCannotBeServed_IsAStatus(string method, string path, int expected)
    {
        var (code, status) = await gateway.SendAsync(new HttpMethod(method), path, method == "POST" ? "{}" : null);

        ((int)code).ShouldBe(expected, status.ToString());
        status.GetProperty("kind").GetString().ShouldBe("Status");
        status.GetProperty("code").GetInt32().ShouldBe(expected);
    }

    [Fact]
    public async Task Accept_NothingServed_Is406() =>
        (await gateway.SendAsync(HttpMethod.Get, Clusters, accept: "application/vnd.kubernetes.protobuf")).Code.ShouldBe(HttpStatusCode.NotAcceptable);

    [Fact]
    public async Task Read_AtRevisionThatDoesNotExistYet_Is504WithRetry()
    {
        var (code, status) = await gateway.SendAsync(HttpMethod.Get, Clusters + "?resourceVersion=999999999");

        code.ShouldBe(HttpStatusCode.GatewayTimeout);
        status.GetProperty("details").GetProperty("causes")[0].GetProperty("reason").GetString().ShouldBe("ResourceVersionTooLarge");
    }

    internal static Cluster NewCluster(string name) => new() { Metadata = new ObjectMeta { Name = name }, Spec = new ClusterSpec { Region = "us-east" } };

    internal static Event NewEvent(string @namespace, string name, string about = "web", string label = "") => new()
    {
        Metadata = new ObjectMeta { Name = name, Namespace = @namespace, Labels = label.Length == 0 ? new Dictionary<string, string>() : new Dictionary<string, string> { ["l"] = label } },
        InvolvedObject = new ObjectReference { Kind = "App", Namespace = @namespace, Name = about },
        Reason = "Tested",
        Message = "a test",
    };
}
