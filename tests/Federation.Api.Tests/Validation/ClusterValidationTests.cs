using System.Text.Json.Nodes;

namespace Federation.Api.Tests.Validation;

public sealed class ClusterValidationTests
{
    [Theory]
    [InlineData("region", "\"\"", "spec.region", "Required value")]
    [InlineData("region", "\"US\"", "spec.region", "Invalid value: \"US\"")]
    [InlineData("zone", "\"a_b\"", "spec.zone", "Invalid value: \"a_b\"")]
    [InlineData("addresses", "[\"127.1\"]", "spec.addresses[0]", "Invalid value: \"127.1\": must be a valid IP address")]
    [InlineData("addresses", "[\"example.com\"]", "spec.addresses[0]", "Invalid value: \"example.com\"")]
    [InlineData("addresses", "[\"10.0.0.1\",\"10.0.0.1\"]", "spec.addresses[1]", "Duplicate value: \"10.0.0.1\"")]
    [InlineData("taints", "[{\"key\":\"a\",\"effect\":\"NoExecute\"}]", "spec.taints[0].effect", "Unsupported value: \"NoExecute\": supported values: \"NoSchedule\"")]
    [InlineData("taints", "[{\"effect\":\"NoSchedule\"}]", "spec.taints[0].key", "Required value")]
    [InlineData("nodes", "[{}]", "spec.nodes[0].name", "Required value")]
    [InlineData("nodes", "[{\"name\":\"N_1\"}]", "spec.nodes[0].name", "Invalid value: \"N_1\"")]
    [InlineData("nodes", "[{\"name\":\"n\"},{\"name\":\"n\"}]", "spec.nodes[1].name", "Duplicate value: \"n\"")]
    [InlineData("nodes", "[{\"name\":\"n\",\"taints\":[{\"key\":\"a\",\"effect\":\"NoExecute\"}]}]", "spec.nodes[0].taints[0].effect", "Unsupported value: \"NoExecute\"")]
    [InlineData("nodes", "[{\"name\":\"n\",\"taints\":[{\"key\":\"a\"},{\"key\":\"a\"}]}]", "spec.nodes[0].taints[1]", "Duplicate value: \"a\"")]
    [InlineData("nodes", "[{\"name\":\"n\",\"labels\":{\"a b\":\"c\"}}]", "spec.nodes[0].labels", "Invalid value: \"a b\"")]
    [InlineData("leaseDuration", "\"999ms\"", "spec.leaseDuration", "Invalid value: \"999ms\": must be at least 1s")]
    public void DecodeAndValidate_OneMistake_IsNamedByPath(string field, string json, string path, string message)
    {
        var body = Manifests.ClusterWith(manifest => manifest["spec"]![field] = JsonNode.Parse(json));

        var error = Kinds.Cluster.DecodeAndValidate(body).Errors.ShouldHaveSingleItem();
        error.Field.ShouldBe(path);
        error.Message.ShouldStartWith(message);
    }

    [Fact]
    public void DecodeAndValidate_NamespaceOnAClusterScopedKind_IsForbidden()
    {
        var body = Manifests.ClusterWith(manifest => manifest["metadata"]!["namespace"] = "shop");

        Kinds.Cluster.DecodeAndValidate(body).Errors.ShouldHaveSingleItem().ToString().ShouldBe("metadata.namespace: Forbidden: not allowed on this type");
    }
}
