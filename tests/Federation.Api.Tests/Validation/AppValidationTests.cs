using System.Text.Json.Nodes;

namespace Federation.Api.Tests.Validation;

public sealed class AppValidationTests
{
    private const string Container = "spec.template.spec.containers[0]";

    /// <summary>A change of the right manifest (path = JSON), and the one error it must give.</summary>
    public static TheoryData<string, string, string, string> Mistakes => new()
    {
        { "metadata.name", "\"Web\"", "metadata.name", "Invalid value: \"Web\": must be a lowercase RFC 1123 label: letters a-z, digits and '-', beginning and ending with a letter or digit, at most 63 characters" },
        { "metadata.name", "\"\"", "metadata.name", "Required value: name or generateName is required" },
        { "metadata.namespace", "\"shop.eu\"", "metadata.namespace", "Invalid value: \"shop.eu\": must be a lowercase RFC 1123 label" },
        { "metadata.labels", "{\"a b\":\"x\"}", "metadata.labels", "Invalid value: \"a b\": must be a name of letters" },
        { "metadata.labels", "{\"a\":\"-x\"}", "metadata.labels[a]", "Invalid value: \"-x\": must be empty or made of letters" },
        { "metadata.finalizers", "[\"a/b\",\"a/b\"]", "metadata.finalizers[1]", "Duplicate value: \"a/b\"" },
        { "spec.replicas", "-1", "spec.replicas", "Invalid value: -1: must be between 0 and 100000" },
        { "spec.replicas", "100001", "spec.replicas", "Invalid value: 100001: must be between 0 and 100000" },
        { "spec.template.spec.restartPolicy", "\"Never\"", "spec.template.spec.restartPolicy", "Unsupported value: \"Never\": supported values: \"Always\"" },
        { "spec.template.spec.terminationGracePeriodSeconds", "-1", "spec.template.spec.terminationGracePeriodSeconds", "Invalid value: -1" },
        { "spec.template.spec.nodeName", "\"n1\"", "spec.template.spec.nodeName", "Forbidden: the cluster's agent chooses the machine" },
        { "spec.template.metadata.labels", "{\"a\":\"b c\"}", "spec.template.metadata.labels[a]", "Invalid value: \"b c\"" },
        { $"{Container}.name", "\"\"", $"{Container}.name", "Required value" },
        { $"{Container}.name", "\"log\"", "spec.template.spec.containers[1].name", "Duplicate value: \"log\"" },
        { $"{Container}.image", "\"\"", $"{Container}.image", "Required value" },
        { $"{Container}.image", "\"nginx:\"", $"{Container}.image", "Invalid value: \"nginx:\": must be an image reference" },
        { $"{Container}.image", "\"Nginx\"", $"{Container}.image", "Invalid value: \"Nginx\"" },
        { $"{Container}.image", "\"nginx@sha256:12\"", $"{Container}.image", "Invalid value: \"nginx@sha256:12\"" },
        { $"{Container}.env", "[{\"name\":\"A\"},{\"name\":\"A\"}]", $"{Container}.env[1].name", "Duplicate value: \"A\"" },
        { $"{Container}.env", "[{\"name\":\"A=B\"}]", $"{Container}.env[0].name", "Invalid value: \"A=B\"" },
        { $"{Container}.ports[0].containerPort", "0", $"{Container}.ports[0].containerPort", "Required value" },
        { $"{Container}.ports[0].containerPort", "65536", $"{Container}.ports[0].containerPort", "Invalid value: 65536: must be between 1 and 65535, inclusive" },
        { $"{Container}.ports[0].protocol", "\"SCTP\"", $"{Container}.ports[0].protocol", "Unsupported value: \"SCTP\": supported values: \"TCP\", \"UDP\"" },
        { "spec.expose[0].protocol", "\"udp\"", "spec.expose[0].protocol", "Unsupported value: \"udp\": supported values: \"TCP\", \"UDP\"" },
        { $"{Container}.resources.requests", "{\"gpu\":\"1\"}", $"{Container}.resources.requests[gpu]", "Unsupported value: \"gpu\": supported values: \"cpu\", \"memory\"" },
        { $"{Container}.resources.requests", "{\"cpu\":\"1500m\"}", $"{Container}.resources.requests[cpu]", "Invalid value: \"1500m\": must be less than or equal to cpu limit of 1" },
        { $"{Container}.resources.requests", "{\"cpu\":\"-1\"}", $"{Container}.resources.requests[cpu]", "Invalid value: \"-1\": must be greater than or equal to 0" },
        { $"{Container}.readinessProbe", "{}", $"{Container}.readinessProbe", "Required value: must specify one of httpGet, tcpSocket and exec" },
        { $"{Container}.readinessProbe", "{\"exec\":{\"command\":[\"true\"]},\"tcpSocket\":{\"port\":80}}", $"{Container}.readinessProbe", "Forbidden: may not specify more than one" },
        { $"{Container}.readinessProbe", "{\"exec\":{}}", $"{Container}.readinessProbe.exec.command", "Required value" },
        { $"{Container}.readinessProbe", "{\"tcpSocket\":{}}", $"{Container}.readinessProbe.tcpSocket.port", "Required value" },
        { $"{Container}.readinessProbe", "{\"tcpSocket\":{\"port\":\"grpc\"}}", $"{Container}.readinessProbe.tcpSocket.port", "Invalid value: \"grpc\": must be the name of a container port" },
        { $"{Container}.readinessProbe.httpGet.path", "\"healthz\"", $"{Container}.readinessProbe.httpGet.path", "Invalid value: \"healthz\": must begin with '/'" },
        { $"{Container}.readinessProbe.httpGet.scheme", "\"FTP\"", $"{Container}.readinessProbe.httpGet.scheme", "Unsupported value: \"FTP\"" },
        { $"{Container}.readinessProbe.periodSeconds", "0", $"{Container}.readinessProbe.periodSeconds", "Invalid value: 0: must be greater than or equal to 1" },
        { $"{Container}.livenessProbe", "{\"exec\":{\"command\":[\"true\"]},\"successThreshold\":2}", $"{Container}.livenessProbe.successThreshold", "Invalid value: 2: must be 1" },
        { "spec.placement.clusters", "{\"matchExpressions\":[{\"key\":\"a\",\"operator\":\"In\"}]}", "spec.placement.clusters.matchExpressions[0].values", "Required value" },
        { "spec.placement.clusters", "{\"matchExpressions\":[{\"key\":\"a\",\"operator\":\"Exists\",\"values\":[\"x\"]}]}", "spec.placement.clusters.matchExpressions[0].values", "Forbidden" },
        { "spec.placement.regions", "[\"eu\",\"eu\"]", "spec.placement.regions[1]", "Duplicate value: \"eu\"" },
        { "spec.placement.spread", "[{\"min\":3,\"max\":2}]", "spec.placement.spread[0].max", "Invalid value: 2: must be greater than or equal to min, which is 3" },
        { "spec.placement.spread", "[{\"min\":7}]", "spec.placement.spread[0].min", "Invalid value: 7: must be less than or equal to spec.replicas, which is 6" },
        { "spec.placement.spread", "[{\"min\":-1}]", "spec.placement.spread[0].min", "Invalid value: -1" },
        { "spec.placement.spread", "[{\"by\":\"zone\"},{\"by\":\"zone\"}]", "spec.placement.spread[1].by", "Duplicate value: \"zone\"" },
        { "spec.placement.divide.weights", "[{\"weight\":1}]", "spec.placement.divide.weights[0]", "Required value: must specify one of region and cluster" },
        { "spec.placement.divide.weights", "[{\"region\":\"eu\",\"cluster\":\"eu-1\",\"weight\":1}]", "spec.placement.divide.weights[0]", "Forbidden: may not specify both" },
        { "spec.placement.divide.weights", "[{\"region\":\"eu\",\"weight\":-1},{\"region\":\"us\",\"weight\":1}]", "spec.placement.divide.weights[0].weight", "Invalid value: -1" },
        { "spec.placement.divide.weights", "[{\"region\":\"eu\",\"weight\":0}]", "spec.placement.divide.weights", "Invalid value: 0: at least one weight must be greater than 0" },
        { "spec.placement.divide.mode", "\"Capacity\"", "spec.placement.divide.weights", "Forbidden: only mode Weighted takes weights" },
        { "spec.expose", "[{\"port\":80,\"targetPort\":\"grpc\"}]", "spec.expose[0].targetPort", "Invalid value: \"grpc\": must be the name of a container port" },
        { "spec.expose", "[{\"port\":80,\"name\":\"a\"},{\"port\":80,\"name\":\"b\"}]", "spec.expose[1].port", "Duplicate value: 80" },
        { "spec.expose", "[{\"port\":80,\"name\":\"a\"},{\"port\":81,\"name\":\"a\"}]", "spec.expose[1].name", "Duplicate value: \"a\"" },
        { "spec.expose", "[{}]", "spec.expose[0].port", "Required value" },
        { "spec.expose[0].dns.ttl", "86401", "spec.expose[0].dns.ttl", "Invalid value: 86401: must be between 0 and 86400" },
        { "spec.expose[0].dns.weights", "[{\"region\":\"eu\",\"weight\":1}]", "spec.expose[0].dns.weights", "Forbidden: only policy Weighted takes weights" },
        { "spec.expose[0].dns.policy", "\"Failover\"", "spec.expose[0].dns.order", "Required value" },
        { "spec.expose[0].dns.order", "[{\"region\":\"eu\"}]", "spec.expose[0].dns.order", "Forbidden: only policy Failover takes an order" },
        { "spec.expose[0].dns", "{\"policy\":\"Failover\",\"order\":[{}]}", "spec.expose[0].dns.order[0]", "Required value: must specify one of region and cluster" },
        { "spec.expose[0].dns", "{\"policy\":\"Failover\",\"order\":[{\"region\":\"eu\",\"cluster\":\"eu-1\"}]}", "spec.expose[0].dns.order[0]", "Forbidden: may not specify both" },
        { "spec.expose[0].dns", "{\"policy\":\"Failover\",\"order\":[{\"region\":\"EU\"}]}", "spec.expose[0].dns.order[0].region", "Invalid value: \"EU\"" },
        { "spec.expose[0].dns", "{\"policy\":\"Failover\",\"order\":[{\"region\":\"eu\"},{\"region\":\"eu\"}]}", "spec.expose[0].dns.order[1]", "Duplicate value" },
        { "spec.expose[0].dns", "{\"hosts\":[{}]}", "spec.expose[0].dns.hosts[0].name", "Required value" },
        { "spec.expose[0].dns", "{\"hosts\":[{\"name\":\"Www\"}]}", "spec.expose[0].dns.hosts[0].name", "Invalid value: \"Www\": must be a lowercase RFC 1123 label" },
        { "spec.expose[0].dns", "{\"hosts\":[{\"name\":\"www.example.com.\"}]}", "spec.expose[0].dns.hosts[0].name", "Invalid value: \"www.example.com.\": must be lowercase RFC 1123 labels" },
        { "spec.expose[0].dns", "{\"hosts\":[{\"name\":\"a.*.example.com\"}]}", "spec.expose[0].dns.hosts[0].name", "Invalid value: \"a.*.example.com\": must be lowercase RFC 1123 labels" },
        { "spec.expose[0].dns", "{\"hosts\":[{\"name\":\"www\"},{\"name\":\"www\"}]}", "spec.expose[0].dns.hosts[1].name", "Duplicate value: \"www\"" },
        { "spec.expose[0].dns", "{\"hosts\":[{\"name\":\"www\",\"weight\":-1}]}", "spec.expose[0].dns.hosts[0].weight", "Invalid value: -1: must be between 0 and 65535" },
        { "spec.expose", "[{\"port\":80,\"dns\":{}},{\"port\":81,\"dns\":{\"hosts\":[{\"name\":\"www\"}]}}]", "spec.expose[1].dns.hosts", "Forbidden: only the first entry with dns counts" },
        { "spec.expose[0].dns.spillBelow", "101", "spec.expose[0].dns.spillBelow", "Invalid value: 101: must be between 0 and 100" },
        { "spec.expose[0].dns.spillBelow", "-1", "spec.expose[0].dns.spillBelow", "Invalid value: -1: must be between 0 and 100" },
        { "spec.expose[0].dns", "{\"policy\":\"Weighted\",\"spillBelow\":60}", "spec.expose[0].dns.spillBelow", "Forbidden: without weights each cluster weighs its ready pods anyway" },
        { "spec.expose[0].dns.maxAnswers", "0", "spec.expose[0].dns.maxAnswers", "Invalid value: 0: must be between 1 and 100" },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void DecodeAndValidate_OneMistake_IsNamedByPathInKubernetesWords(string at, string json, string field, string message)
    {
        var body = Manifests.WebWith(manifest => Set(manifest, at, json));

        var error = Kinds.App.DecodeAndValidate(body).Errors.ShouldHaveSingleItem();

        error.Field.ShouldBe(field);
        error.Message.ShouldStartWith(message);
    }

    [Fact]
    public void Validate_NoContainers_IsRequired()
    {
        var body = Manifests.WebWith(manifest =>
        {
            manifest["spec"]!["template"]!["spec"]!["containers"] = new JsonArray();
            manifest["spec"]!["expose"] = null;
        });

        Kinds.App.DecodeAndValidate(body).Errors.ShouldHaveSingleItem().Field.ShouldBe("spec.template.spec.containers");
    }

    [Fact]
    public void Validate_AnnotationsOver256KiB_AreTooLong()
    {
        var body = Manifests.WebWith(manifest => manifest["metadata"]!["annotations"] = new JsonObject { ["a"] = new string('x', (256 * 1024) - 1), ["b"] = "" });

        var error = Kinds.App.DecodeAndValidate(body).Errors.ShouldHaveSingleItem();
        (error.Field, error.Message).ShouldBe(("metadata.annotations", "Too long: may not be more than 262144 bytes"));
    }

    [Fact]
    public void ValidateUpdate_IdentityChanged_IsImmutable()
    {
        var old = Manifests.App with { Metadata = Manifests.App.Metadata with { Uid = "1" } };
        var next = old with { Metadata = old.Metadata with { Name = "other", Namespace = "elsewhere", Uid = "2" } };

        Kinds.App.ValidateUpdate(old, next).Select(error => error.ToString()).ShouldBe(
        [
            "metadata.name: Invalid value: \"other\": field is immutable",
            "metadata.namespace: Invalid value: \"elsewhere\": field is immutable",
            "metadata.uid: Invalid value: \"2\": field is immutable",
        ]);
        Kinds.App.ValidateUpdate(old, old with { Metadata = old.Metadata with { Uid = null } }).ShouldBeEmpty();
    }

    /// <summary>Sets a member of a JSON tree by a path with names and indices.</summary>
    private static void Set(JsonObject root, string path, string json)
    {
        JsonNode node = root;
        var parts = path.Replace("[", ".[", StringComparison.Ordinal).Split('.');
        for (var i = 0; i < parts.Length - 1; i++)
        {
            node = parts[i][0] == '['
                ? node[int.Parse(parts[i][1..^1])]!
                : node[parts[i]] ?? (node.AsObject()[parts[i]] = new JsonObject());
        }

        node.AsObject()[parts[^1]] = JsonNode.Parse(json);
    }
}
