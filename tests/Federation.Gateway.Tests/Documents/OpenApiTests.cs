using System.Text.Json.Nodes;
using Federation.Gateway.Discovery;
using Federation.Gateway.OpenApi;
using Microsoft.Extensions.DependencyInjection;

namespace Federation.Gateway.Tests.Documents;

public sealed class OpenApiTests(GatewayHarness gateway) : IClassFixture<GatewayHarness>
{
    private const string Prefix = "#/components/schemas/";

    private IReadOnlyDictionary<string, JsonObject> Documents => OpenApiDocuments.Make(gateway.Services.GetRequiredService<DiscoveryCatalog>());

    /// <summary>A field without a doc comment of its own (or of its record) in Federation.Api fails here: write one.</summary>
    [Fact]
    public void Schemas_EveryFieldAndKind_IsDescribed()
    {
        var missing = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var schemas in Documents.Values.Select(Schemas))
        {
            foreach (var (name, schema) in schemas)
            {
                if (Description(schema!) is null)
                    missing.Add(name);
                foreach (var (field, property) in schema!["properties"]?.AsObject() ?? [])
                {
                    if (Description(property!) is null)
                        missing.Add($"{name}.{field}");
                }
            }
        }

        missing.ShouldBeEmpty();
    }

    [Fact]
    public void Schemas_EveryReference_LeadsSomewhere()
    {
        foreach (var (root, document) in Documents)
        {
            foreach (var reference in References(document))
                Schemas(document).ContainsKey(reference[Prefix.Length..]).ShouldBeTrue($"{root}: {reference}");
        }
    }

    /// <summary>What the rules do is what the documents say: <see cref="FieldFacts"/> asks the rules.</summary>
    [Fact]
    public void Schemas_DefaultsAndRequiredFields_AreThoseOfTheRules()
    {
        var schemas = Schemas(Documents["/apis/federation/v1"]);

        Default("AppSpec", "replicas").ShouldBe("1");
        Default("Probe", "periodSeconds").ShouldBe("10");
        Default("HttpGetAction", "path").ShouldBe("\"/\"");
        Default("ClusterSpec", "leaseDuration").ShouldBe("\"5s\"");
        // These depend on the image and on the port.
        Default("ContainerSpec", "imagePullPolicy").ShouldBeNull();
        Default("ExposeSpec", "targetPort").ShouldBeNull();
        Required("ContainerSpec").ShouldBe(["image", "name"], ignoreOrder: true);
        Required("ClusterSpec").ShouldContain("region");
        (schemas["io.k8s.apimachinery.pkg.apis.meta.v1.LabelRequirement"]!["required"]!.ToJsonString()).ShouldBe("[\"key\"]", "some operators take no values");
        Required("PodSpec").ShouldContain("containers");

        string? Default(string schema, string field) => schemas[$"federation.v1.{schema}"]!["properties"]![field]!["default"]?.ToJsonString();
        string[] Required(string schema) => [.. (schemas[$"federation.v1.{schema}"]!["required"]?.AsArray() ?? []).Select(field => (string)field!)];
    }

    [Fact]
    public void Schemas_Lists_SayHowTheyMerge()
    {
        var schemas = Schemas(Documents["/apis/federation/v1"]);

        Extensions("federation.v1.ContainerSpec", "ports").ShouldBe("""["containerPort","protocol"] "map" "containerPort" "merge" """);
        Extensions("federation.v1.ContainerSpec", "command").ShouldBe("""- "atomic" - - """);
        Extensions("io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta", "finalizers").ShouldBe("""- "set" - "merge" """);
        Extensions("federation.v1.ContainerSpec", "image").ShouldBe("- - - - ");
        ((string?)schemas["io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector"]!["x-kubernetes-map-type"]).ShouldBe("atomic");

        string Extensions(string schema, string field) => string.Concat(((string[])["list-map-keys", "list-type", "patch-merge-key", "patch-strategy"])
            .Select(name => (schemas[schema]!["properties"]![field]![$"x-kubernetes-{name}"]?.ToJsonString() ?? "-") + " "));
    }

    [Fact]
    public void Paths_HaveEveryVerbThatDiscoveryNames()
    {
        foreach (var resource in gateway.Services.GetRequiredService<DiscoveryCatalog>().All)
        {
            var paths = Documents[resource.Root]["paths"]!.AsObject();
            var actions = paths.Where(path => path.Key.EndsWith($"/{resource.Plural}", StringComparison.Ordinal) || path.Key.EndsWith($"/{resource.Plural}/{{name}}", StringComparison.Ordinal))
                .SelectMany(path => path.Value!.AsObject()).Where(operation => operation.Key != "parameters").Select(operation => (string)operation.Value!["x-kubernetes-action"]!);
            actions.Distinct().ShouldBe(
                resource.Verbs.Where(verb => verb != "watch").Select(verb => verb switch { "update" => "put", "create" => "post", _ => verb }), ignoreOrder: true, customMessage: resource.Plural);
        }

        var patch = Documents["/apis/federation/v1"]["paths"]!["/apis/federation/v1/namespaces/{namespace}/apps/{name}"]!["patch"]!;
        patch["parameters"]!.AsArray().Select(parameter => (string)parameter!["name"]!).ShouldBe(["dryRun", "fieldManager", "fieldValidation", "force"], ignoreOrder: true);
        ((string)patch["x-kubernetes-group-version-kind"]!["kind"]!).ShouldBe("App");
    }

    private static IEnumerable<string> References(JsonNode? node) => node switch
    {
        JsonObject fields => fields.SelectMany(field => field is { Key: "$ref", Value: JsonValue text } ? [(string)text!] : References(field.Value)),
        JsonArray elements => elements.SelectMany(References),
        _ => [],
    };

    private static string? Description(JsonNode schema) => (string?)schema["description"] is { Length: > 0 } text && !text.StartsWith("Possible enum", StringComparison.Ordinal) ? text : null;

    private static JsonObject Schemas(JsonObject document) => document["components"]!["schemas"]!.AsObject();
}
