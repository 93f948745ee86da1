namespace Federation.Gateway.Tests.Kubectl;

/// <summary>The commands that send their objects as protobuf from version 1.32 on and as JSON before, with every version of kubectl on this machine.</summary>
public sealed class KubectlTypedTests(GatewayHarness gateway) : IClassFixture<GatewayHarness>
{
    public static TheoryData<string> Programs => KubectlRunner.Programs;

    [Theory]
    [MemberData(nameof(Programs))]
    public async Task Create_CoreKinds_ArriveWhole(string program)
    {
        using var kubectl = new KubectlRunner(gateway, program);
        var name = $"typed-{program[^2..]}";

        (await kubectl.RunAsync("create", "namespace", name)).ShouldBe($"namespace/{name} created\n");
        (await kubectl.RunAsync("create", "configmap", "settings", "-n", name, "--from-literal=colour=bläu", "--from-literal=empty=")).ShouldBe("configmap/settings created\n");
        (await kubectl.RunAsync("create", "secret", "generic", "password", "-n", name, "--from-literal=key=hunter2", "--type=example.com/own")).ShouldBe("secret/password created\n");

        (await kubectl.RunAsync("get", "configmap", "settings", "-n", name, "-o", "jsonpath={.data}")).ShouldBe("""{"colour":"bläu","empty":""}""");
        (await kubectl.RunAsync("get", "secret", "password", "-n", name, "-o", "jsonpath={.type} {.data.key}")).ShouldBe("example.com/own aHVudGVyMg==");
    }

    /// <summary>kubectl makes strategic merge patches of core kinds by the schemas it is served, where it finds them.</summary>
    [Theory]
    [MemberData(nameof(Programs))]
    public async Task Apply_CoreKind_ChangesWhatChanged_WithoutComplaint(string program)
    {
        using var kubectl = new KubectlRunner(gateway, program);
        var name = $"applied-{program[^2..].TrimStart('.')}";
        var manifest = $"apiVersion: v1\nkind: ConfigMap\nmetadata: {{ name: {name}, finalizers: [example.com/one, example.com/two], labels: {{ a: b }} }}\ndata: {{ colour: blue, size: big }}\n";
        await kubectl.RunAsync(manifest, "apply", "-f", "-");

        var changed = await kubectl.TryAsync(manifest.Replace(", size: big", "", StringComparison.Ordinal).Replace(", example.com/two", "", StringComparison.Ordinal), "apply", "-f", "-");

        (changed.Output, changed.Error).ShouldBe(($"configmap/{name} configured\n", ""));
        (await kubectl.RunAsync("get", "cm", name, "-o", "jsonpath={.data} {.metadata.finalizers}")).ShouldBe("""{"colour":"blue"} ["example.com/one"]""");
    }

    [Theory]
    [MemberData(nameof(Programs))]
    public async Task Create_KindThatIsNotServed_SaysSo(string program)
    {
        using var kubectl = new KubectlRunner(gateway, program);

        (await kubectl.TryAsync(null, "create", "deployment", "web", "--image=nginx")).Error.ShouldContain("deployments.apps are not served here; what runs here are Apps (kubectl explain app)");
        (await kubectl.TryAsync(null, "create", "serviceaccount", "robot")).Error.ShouldContain("serviceaccounts are not served here");
    }

    [Theory]
    [MemberData(nameof(Programs))]
    public async Task Auth_AnswersFromTheAccessRules(string program)
    {
        using var kubectl = new KubectlRunner(gateway, program);

        (await kubectl.RunAsync("auth", "can-i", "create", "apps", "-n", "shop")).ShouldBe("yes\n");
        (await kubectl.RunAsync("auth", "can-i", "get", "/metrics")).ShouldBe("yes\n");
        var refused = await kubectl.TryAsync(null, "auth", "can-i", "post", "/agent/v1/join");
        (refused.ExitCode, refused.Output).ShouldBe((1, "no - Admin \"admin\" cannot use /agent/v1/join\n"));
        (await kubectl.RunAsync("auth", "can-i", "--list")).ShouldMatch("(?m)^\\*\\.\\* +\\[\\] +\\[\\] +\\[\\*\\]");
        var identity = await kubectl.RunAsync("auth", "whoami");
        identity.ShouldMatch("(?m)^Username +admin");
        identity.ShouldContain("federation:admin");
    }
}
