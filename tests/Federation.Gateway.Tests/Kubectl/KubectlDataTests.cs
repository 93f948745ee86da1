namespace Federation.Gateway.Tests.Kubectl;

/// <summary>ConfigMaps, Secrets and Regions with the real kubectl. Where the machine has none, they pass without saying anything.</summary>
public sealed class KubectlDataTests(GatewayHarness gateway) : IClassFixture<GatewayHarness>, IDisposable
{
    private const string Settings = """
        apiVersion: v1
        kind: ConfigMap
        metadata: { name: kd-settings }
        data: { colour: blue, "app.conf": "a=1\nb=2\n" }
        binaryData: { logo: AAEC }
        """;

    private const string Password = """
        apiVersion: v1
        kind: Secret
        metadata: { name: kd-password }
        stringData: { password: hunter2 }
        """;

    private const string Region = """
        apiVersion: federation/v1
        kind: Region
        metadata: { name: us-east }
        spec:
          location: { latitude: 40.7128, longitude: -74.006 }
          clientNetworks: [10.0.0.0/8]
          nearest: [eu-west, ap-south]
        """;

    private readonly KubectlRunner _kubectl = new(gateway);

    public void Dispose() => _kubectl.Dispose();

    [Fact]
    public async Task ConfigMap_ApplyGetDescribeAndFreeze()
    {
        (await _kubectl.RunAsync(Settings, "apply", "-f", "-")).ShouldBe("configmap/kd-settings created\n");
        (await _kubectl.RunAsync(Settings, "apply", "-f", "-")).ShouldBe("configmap/kd-settings unchanged\n");
        var table = (await _kubectl.RunAsync("get", "cm", "kd-settings")).Split('\n');
        table[0].ShouldMatch("^NAME +DATA +AGE$");
        table[1].ShouldMatch("^kd-settings +3 +\\d+s$");
        var described = await _kubectl.RunAsync("describe", "configmap", "kd-settings");
        described.ShouldContain("colour:\n----\nblue");
        described.ShouldContain("logo: 3 bytes");
        (await _kubectl.RunAsync("patch", "cm", "kd-settings", "--type=merge", "-p", """{"immutable":true}""")).ShouldBe("configmap/kd-settings patched\n");

        var refused = await _kubectl.TryAsync(null, "patch", "cm", "kd-settings", "--type=merge", "-p", """{"data":{"colour":"red"}}""");

        refused.Error.ShouldContain("data: Forbidden: field is immutable when `immutable` is set");
        (await _kubectl.RunAsync("get", "cm", "kd-settings", "-o", "jsonpath={.data.colour}")).ShouldBe("blue");
        (await _kubectl.RunAsync("delete", "cm", "kd-settings")).ShouldStartWith("configmap \"kd-settings\" deleted");
    }

    [Fact]
    public async Task Secret_IsGivenOutInBase64AndDescribedBySizeOnly()
    {
        (await _kubectl.RunAsync(Password, "create", "-f", "-")).ShouldBe("secret/kd-password created\n");

        var table = (await _kubectl.RunAsync("get", "secret", "kd-password")).Split('\n');
        table[0].ShouldMatch("^NAME +TYPE +DATA +AGE$");
        table[1].ShouldMatch("^kd-password +Opaque +1 +\\d+s$");
        (await _kubectl.RunAsync("get", "secret", "kd-password", "-o", "jsonpath={.data.password}{.stringData}")).ShouldBe("aHVudGVyMg==");
        var described = await _kubectl.RunAsync("describe", "secret", "kd-password");
        described.ShouldContain("password:  7 bytes");
        described.ShouldNotContain("hunter2");
        (await _kubectl.RunAsync("get", "secrets", "--field-selector", "type=Opaque", "-o", "name")).ShouldBe("secret/kd-password\n");
    }

    [Fact]
    public async Task Secret_Agent_MayNotReadAny()
    {
        using var agent = await gateway.JoinAsync("kd-east");

        foreach (var path in (string[])["/api/v1/secrets", "/api/v1/namespaces/default/secrets/kd-password", "/api/v1/configmaps"])
            (await gateway.SendAsync(HttpMethod.Get, path, token: agent.Options.Token)).Code.ShouldBe(System.Net.HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task Region_ApplyAndGet()
    {
        (await _kubectl.RunAsync(Region, "apply", "-f", "-")).ShouldBe("region.federation/us-east created\n");

        var table = (await _kubectl.RunAsync("get", "regions")).Split('\n');
        table[0].ShouldMatch("^NAME +LOCATION +NETWORKS +NEAREST +AGE$");
        table[1].ShouldMatch("^us-east +40.71,-74.01 +1 +eu-west,ap-south +\\d+s$");
    }
}
