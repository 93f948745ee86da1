using System.Text.Json.Nodes;
using Federation.Api.Apps;

namespace Federation.Api.Tests.Apps;

public sealed class TemplateHashTests
{
    [Fact]
    public void Of_SameTemplateWrittenOtherwise_IsTheSame()
    {
        var hash = Hash(_ => { });

        hash.ShouldMatch("^[0-9a-f]{10}$");
        Hash(manifest => manifest.Container(0)["resources"]!["requests"] = JsonNode.Parse("""{"memory":"33554432","cpu":"0.2"}""")).ShouldBe(hash);
        Hash(manifest => manifest.Container(0)["imagePullPolicy"] = "IfNotPresent").ShouldBe(hash);
        Hash(manifest => manifest["spec"]!["replicas"] = 1).ShouldBe(hash);
        TemplateHash.Of(((App)Kinds.App.Default(Manifests.App)).Spec.Template).ShouldBe(hash);
    }

    [Fact]
    public void Of_KeyOrderOfMaps_DoesNotMatter() =>
        Hash(manifest => manifest["spec"]!["template"]!["metadata"]!["labels"] = JsonNode.Parse("""{"a":"1","b":"2"}"""))
            .ShouldBe(Hash(manifest => manifest["spec"]!["template"]!["metadata"]!["labels"] = JsonNode.Parse("""{"b":"2","a":"1"}""")));

    [Fact]
    public void Of_OtherTemplate_IsAnother()
    {
        var hash = Hash(_ => { });

        Hash(manifest => manifest.Container(0)["image"] = "nginx:1.28").ShouldNotBe(hash);
        Hash(manifest => manifest.Container(0)["env"]![0]!["value"] = "fr").ShouldNotBe(hash);
        Hash(manifest => manifest["spec"]!["template"]!["metadata"]!["annotations"] = JsonNode.Parse("""{"restartedAt":"now"}""")).ShouldNotBe(hash);
    }

    [Fact]
    public void Of_TemplateOfAnEarlierVersion_IsWhatItWas() => Hash(_ => { }).ShouldBe("237a61624f");

    [Fact]
    public void Of_DataOfAPod_ChangesWithWhatThePodSeesAndNotWithHowItIsWritten()
    {
        var hash = Hash(manifest => manifest.WithData());

        Hash(manifest => manifest.WithData(spec => spec["imagePullSecrets"] = JsonNode.Parse("""[{"name":"other"}]"""))).ShouldBe(hash);
        Hash(manifest => manifest.WithData(spec => spec["volumes"]![0]!["configMap"]!["defaultMode"] = 420)).ShouldBe(hash);
        Hash(manifest => manifest.WithData(spec => spec["volumes"]![0]!["configMap"]!["optional"] = false)).ShouldBe(hash);
        Hash(manifest => manifest.WithData(spec => spec["containers"]![0]!["env"]![1]!["valueFrom"]!["resourceFieldRef"]!["divisor"] = "1000m")).ShouldBe(hash);

        Hash(manifest => manifest.WithData(spec => spec["volumes"]![0]!["configMap"]!["optional"] = true)).ShouldNotBe(hash);
        Hash(manifest => manifest.WithData(spec => spec["volumes"]![0]!["configMap"]!["defaultMode"] = 256)).ShouldNotBe(hash);
        Hash(manifest => manifest.WithData(spec => spec["containers"]![0]!["env"]![0]!["valueFrom"]!["secretKeyRef"]!["key"] = "other")).ShouldNotBe(hash);
        Hash(manifest => manifest.WithData(spec => spec["containers"]![0]!["env"]![1]!["valueFrom"]!["resourceFieldRef"]!["divisor"] = "1m")).ShouldNotBe(hash);
        Hash(manifest => manifest.WithData(spec => spec["containers"]![0]!["envFrom"]![0]!["prefix"] = "B_")).ShouldNotBe(hash);
        Hash(manifest => manifest.WithData(spec => spec["containers"]![0]!["volumeMounts"]![0]!["mountPath"] = "/other")).ShouldNotBe(hash);
    }

    private static string Hash(Action<JsonObject> change) => TemplateHash.Of(((App)Kinds.App.Decode(Manifests.WebWith(change)).Resource!).Spec.Template);
}
