namespace Federation.Gateway.Tests.Kubectl;

/// <summary>Apps with the real kubectl. Where the machine has none, they pass without saying anything.</summary>
public sealed class KubectlAppTests(GatewayHarness gateway) : IClassFixture<GatewayHarness>, IDisposable
{
    private const string App = """
        apiVersion: federation/v1
        kind: App
        metadata:
          name: NAME
          labels: { tier: prod }
        spec:
          replicas: 3
          template:
            spec:
              containers:
              - name: web
                image: nginx:1.27
                ports: [{ name: http, containerPort: 80 }]
        """;

    private readonly KubectlRunner _kubectl = new(gateway);

    public void Dispose() => _kubectl.Dispose();

    [Fact]
    public async Task App_WholeLife()
    {
        var manifest = App.Replace("NAME", "kc-web", StringComparison.Ordinal);

        (await _kubectl.RunAsync(manifest, "apply", "-f", "-")).ShouldBe("app.federation/kc-web created\n");
        // kubectl replaces lists whole, without the defaults in them; the server finds that nothing changed.
        await _kubectl.RunAsync(manifest, "apply", "-f", "-");
        (await _kubectl.RunAsync("get", "app", "kc-web", "-o", "jsonpath={.metadata.generation}")).ShouldBe("1");
        (await _kubectl.RunAsync("get", "apps,clusters,pods", "-A")).ShouldContain("kc-web");
        (await _kubectl.RunAsync("get", "all")).ShouldContain("app.federation/kc-web");
        (await _kubectl.RunAsync("get", "app", "kc-web")).Split('\n')[0].ShouldMatch("^NAME +READY +PLACED +REGIONS +AGE$");
        (await _kubectl.RunAsync("scale", "app/kc-web", "--replicas=5")).ShouldBe("app.federation/kc-web scaled\n");
        (await _kubectl.RunAsync("get", "app", "kc-web", "-o", "jsonpath={.spec.replicas}")).ShouldBe("5");
        (await _kubectl.RunAsync("label", "app", "kc-web", "a=b")).ShouldBe("app.federation/kc-web labeled\n");
        (await _kubectl.RunAsync("patch", "app", "kc-web", "--type=merge", "-p", """{"spec":{"replicas":2}}""")).ShouldBe("app.federation/kc-web patched\n");
        (await _kubectl.RunAsync("describe", "app", "kc-web")).ShouldContain("nginx:1.27");
        (await _kubectl.RunAsync("wait", "--for=jsonpath={.spec.replicas}=2", "app/kc-web", "--timeout=20s")).ShouldBe("app.federation/kc-web condition met\n");
        (await _kubectl.RunAsync("get", "events")).ShouldNotBeNull();
        (await _kubectl.RunAsync("delete", "app", "kc-web", "--timeout=60s")).ShouldStartWith("app.federation \"kc-web\" deleted");
        (await _kubectl.TryAsync(null, "get", "app", "kc-web")).Error.ShouldContain("NotFound");
    }

    [Fact]
    public async Task App_WithMistakes_ShowsAllOfThem()
    {
        var manifest = App.Replace("NAME", "kc-wrong", StringComparison.Ordinal).Replace("replicas: 3", "replicas: -1\n  colour: red", StringComparison.Ordinal)
            .Replace("containerPort: 80", "containerPort: 99999", StringComparison.Ordinal);

        var result = await _kubectl.TryAsync(manifest, "apply", "-f", "-");

        result.ExitCode.ShouldNotBe(0);
        foreach (var field in (string[])["spec.replicas", "spec.colour", "spec.template.spec.containers[0].ports[0].containerPort"])
            result.Error.ShouldContain(field);
    }

    [Fact]
    public async Task App_Watch_ShowsChangesAsTheyHappen()
    {
        var watching = _kubectl.TryAsync(null, "get", "apps", "--watch-only", "--no-headers", "--request-timeout=10s");
        var manifest = App.Replace("NAME", "kc-watched", StringComparison.Ordinal);
        // The watch begins some time after the process: what it shows first is one of these changes.
        var revision = 0;
        while (!watching.IsCompleted && revision++ < 40)
            await _kubectl.RunAsync(manifest.Replace("tier: prod", $"tier: prod-{revision}", StringComparison.Ordinal), "apply", "-f", "-");

        (await watching).Output.ShouldContain("kc-watched");
        await gateway.Client.DeleteAsync<Api.Apps.App>("kc-watched", "default");
    }
}
