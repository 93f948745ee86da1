using Federation.Client.Manifests;

namespace Federation.Client.Tests.Manifests;

public sealed class ManifestReaderTests
{
    private const string Web = """
        apiVersion: federation/v1
        kind: App
        metadata:
          name: web
          namespace: shop
        spec:
          template:
            spec:
              containers:
              - name: web
                image: nginx
        """;

    [Fact]
    public void Read_AppAndNamespace_KnowsKindsNamesAndLines()
    {
        var manifests = ManifestReader.Read("apiVersion: v1\nkind: Namespace\nmetadata: { name: shop }\n---\n" + Web, "web.yaml");

        manifests.Select(manifest => (manifest.Kind.Plural, manifest.Namespace, manifest.Name)).ShouldBe([("namespaces", null, "shop"), ("apps", "shop", "web")]);
        manifests[1].Locate("spec.template.spec.containers[0].image").ShouldBe("web.yaml:15");
        manifests[1].Locate("spec.template.spec.containers[0].nonsense").ShouldBe("web.yaml:14");
    }

    [Fact]
    public void Read_List_GivesItsItemsWithTheirLines()
    {
        var manifests = ManifestReader.Read("apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Namespace\n  metadata:\n    name: a\n", "list.yaml");

        var only = manifests.ShouldHaveSingleItem();
        only.Name.ShouldBe("a");
        only.Locate("metadata.name").ShouldBe("list.yaml:7");
    }

    [Theory]
    [InlineData("kind: App\nmetadata: { name: x }", "x.yaml:1: apiVersion is missing")]
    [InlineData("apiVersion: federation/v1\nkind: Application\nmetadata: { name: x }", "x.yaml:2: there is no kind Application in federation/v1")]
    [InlineData("apiVersion: federation/v1\nkind: App\nmetadata:\n  labels: {}", "x.yaml:3: metadata.name is missing")]
    [InlineData("just text", "x.yaml:1: an object with apiVersion, kind and metadata is expected here")]
    [InlineData("a: 1\na: 2", "x.yaml:2: the key \"a\" is there twice")]
    [InlineData("apiVersion: federation/internal\nkind: Credential\nmetadata: { name: x }", "x.yaml:2: there is no kind Credential in federation/internal")]
    public void Read_Wrong_NamesFileAndLine(string text, string message) =>
        Should.Throw<ManifestException>(() => ManifestReader.Read(text, "x.yaml")).Message.ShouldBe(message);
}
