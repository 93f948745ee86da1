using Federation.TestKit.Processes;

namespace Federation.Gateway.Tests.Kubectl;

/// <summary>Writes with the real kubectl: every patch type, field ownership, dry runs.</summary>
public sealed class KubectlWriteTests(GatewayHarness gateway) : IClassFixture<GatewayHarness>, IDisposable
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
                resources: { requests: { cpu: 100m } }
          expose: [{ port: 80, targetPort: http }]
        """;

    private readonly KubectlRunner _kubectl = new(gateway);

    public void Dispose() => _kubectl.Dispose();

    [Fact]
    public async Task ServerSideApply_TwoManagers_ConflictThenForcedThenOwnershipMoved()
    {
        var manifest = Named("kw-ssa");
        (await _kubectl.RunAsync(manifest, "apply", "--server-side", "--field-manager=ci", "-f", "-")).ShouldBe("app.federation/kw-ssa serverside-applied\n");
        (await _kubectl.RunAsync(manifest, "apply", "--server-side", "--field-manager=ci", "-f", "-")).ShouldBe("app.federation/kw-ssa serverside-applied\n");
        var revision = await GetAsync("kw-ssa", "{.metadata.generation}");
        revision.ShouldBe("1");

        var other = manifest.Replace("replicas: 3", "replicas: 5", StringComparison.Ordinal);
        var refused = await _kubectl.TryAsync(other, "apply", "--server-side", "--field-manager=ops", "-f", "-");

        refused.ExitCode.ShouldNotBe(0);
        refused.Error.ShouldContain("Apply failed with 1 conflict: conflict with \"ci\": .spec.replicas");
        refused.Error.ShouldContain("--force-conflicts");
        await _kubectl.RunAsync(other, "apply", "--server-side", "--field-manager=ops", "--force-conflicts", "-f", "-");
        (await GetAsync("kw-ssa", "{.spec.replicas}")).ShouldBe("5");
        (await OwnedAsync("kw-ssa", "ops")).ShouldContain("f:replicas");
        (await OwnedAsync("kw-ssa", "ci")).ShouldNotContain("f:replicas");
        (await OwnedAsync("kw-ssa", "ci")).ShouldContain("f:image");
        // The first one now meets the other's value.
        (await _kubectl.TryAsync(manifest, "apply", "--server-side", "--field-manager=ci", "-f", "-")).Error.ShouldContain("conflict with \"ops\": .spec.replicas");
    }

    [Fact]
    public async Task ServerSideApply_AfterKubectlEdit_NamesTheEditorInKubernetesWords()
    {
        var manifest = Named("kw-edited");
        await _kubectl.RunAsync(manifest, "apply", "--server-side", "-f", "-");

        (await EditAsync("s/replicas: 3/replicas: 4/", "app", "kw-edited")).ShouldContain("app.federation/kw-edited edited");
        var refused = await _kubectl.TryAsync(manifest, "apply", "--server-side", "-f", "-");

        refused.Error.ShouldContain("conflict with \"kubectl-edit\" using federation/v1: .spec.replicas");
        (await EditAsync("s/nothing/nothing/", "app", "kw-edited")).ShouldContain("no changes made");
    }

    [Fact]
    public async Task ServerSideApply_AfterClientSideApply_TakesOverWithoutConflict()
    {
        var manifest = Named("kw-migrated");
        await _kubectl.RunAsync(manifest, "apply", "-f", "-");
        (await OwnedAsync("kw-migrated", "kubectl-client-side-apply")).ShouldContain("f:replicas");

        await _kubectl.RunAsync(manifest.Replace("replicas: 3", "replicas: 6", StringComparison.Ordinal), "apply", "--server-side", "-f", "-");
        (await GetAsync("kw-migrated", "{.spec.replicas}")).ShouldBe("6");
        (await OwnedAsync("kw-migrated", "kubectl-client-side-apply")).ShouldBeEmpty();

        // What is left out of the manifest goes, as it would have from the client.
        await _kubectl.RunAsync(manifest.Replace("labels: { tier: prod }", "labels: {}", StringComparison.Ordinal), "apply", "--server-side", "-f", "-");
        (await GetAsync("kw-migrated", "{.metadata.labels}")).ShouldBeEmpty();
    }

    [Fact]
    public async Task Apply_SecondTimeUnchanged_DiffShowsAndExits()
    {
        var manifest = Named("kw-apply");
        (await _kubectl.RunAsync(manifest, "apply", "-f", "-")).ShouldBe("app.federation/kw-apply created\n");
        (await _kubectl.RunAsync(manifest, "apply", "-f", "-")).ShouldBe("app.federation/kw-apply unchanged\n");
        (await _kubectl.RunAsync(manifest, "diff", "-f", "-")).ShouldBeEmpty();

        var changed = manifest.Replace("nginx:1.27", "nginx:1.28", StringComparison.Ordinal);
        var diff = await _kubectl.TryAsync(changed, "diff", "-f", "-");
        diff.ExitCode.ShouldBe(1, diff.ToString());
        diff.Output.ShouldContain("+      - image: nginx:1.28");
        (await GetAsync("kw-apply", "{.metadata.generation}")).ShouldBe("1", "a diff writes nothing");

        (await _kubectl.RunAsync(changed, "apply", "--dry-run=server", "-f", "-")).ShouldBe("app.federation/kw-apply configured (server dry run)\n");
        (await _kubectl.RunAsync(changed, "apply", "-f", "-")).ShouldBe("app.federation/kw-apply configured\n");
        (await GetAsync("kw-apply", "{.spec.template.spec.containers[*].image}")).ShouldBe("nginx:1.28");
    }

    [Fact]
    public async Task Patch_EachType_LabelAnnotateScaleReplace()
    {
        var manifest = Named("kw-patch");
        await _kubectl.RunAsync(manifest, "create", "-f", "-");

        await _kubectl.RunAsync("patch", "app", "kw-patch", "--type=merge", "-p", """{"spec":{"replicas":4}}""");
        await _kubectl.RunAsync("patch", "app", "kw-patch", "--type=json", "-p", """[{"op":"test","path":"/spec/replicas","value":4},{"op":"replace","path":"/spec/replicas","value":5}]""");
        await _kubectl.RunAsync("patch", "app", "kw-patch", "--type=strategic", "-p", """{"spec":{"template":{"spec":{"containers":[{"name":"log","image":"log:1"}]}}}}""");
        (await _kubectl.TryAsync(null, "patch", "app", "kw-patch", "--type=json", "-p", """[{"op":"test","path":"/spec/replicas","value":4}]""")).Error.ShouldContain("the test of /spec/replicas failed");
        (await GetAsync("kw-patch", "{.spec.replicas} {.spec.template.spec.containers[*].name}")).ShouldBe("5 web log");

        await _kubectl.RunAsync("scale", "app/kw-patch", "--replicas=7", "--current-replicas=5");
        (await OwnedAsync("kw-patch", "kubectl-scale", "kubectl")).ShouldContain("f:replicas");
        await _kubectl.RunAsync("label", "app", "kw-patch", "a=b");
        await _kubectl.RunAsync("annotate", "app", "kw-patch", "note=hello");
        await _kubectl.RunAsync("patch", "app", "kw-patch", "--subresource=scale", "--type=json", "-p", """[{"op":"replace","path":"/spec/replicas","value":2}]""");
        (await GetAsync("kw-patch", "{.spec.replicas} {.metadata.labels.a} {.metadata.annotations.note}")).ShouldBe("2 b hello");

        (await _kubectl.RunAsync(manifest, "replace", "-f", "-")).ShouldBe("app.federation/kw-patch replaced\n");
        (await GetAsync("kw-patch", "{.spec.replicas} {.spec.template.spec.containers[*].name}")).ShouldBe("3 web");
        (await _kubectl.TryAsync(Named("kw-nothing"), "replace", "-f", "-")).Error.ShouldContain("NotFound");
    }

    [Fact]
    public async Task Validation_WarnAndIgnore_AreHonoured()
    {
        var manifest = Named("kw-validate").Replace("replicas: 3", "replicas: 3\n  colour: red", StringComparison.Ordinal);

        (await _kubectl.TryAsync(manifest, "apply", "--validate=strict", "-f", "-")).Error.ShouldContain("spec.colour");
        var warned = await _kubectl.TryAsync(manifest, "apply", "--validate=warn", "-f", "-");
        warned.ExitCode.ShouldBe(0, warned.ToString());
        warned.Error.ShouldContain("unknown field \"spec.colour\"");
        var ignored = await _kubectl.TryAsync(manifest.Replace("kw-validate", "kw-ignore", StringComparison.Ordinal), "create", "--validate=ignore", "-f", "-");
        (ignored.ExitCode, ignored.Error).ShouldBe((0, ""), ignored.ToString());
    }

    /// <summary>Older ones make no strategic patch of a kind they were not built with: they send whole lists and say so, although nothing changes.</summary>
    [Theory]
    [MemberData(nameof(KubectlRunner.Programs), MemberType = typeof(KubectlRunner))]
    public async Task Apply_SecondTime_ChangesNothingAndFrom129OnSaysSo(string program)
    {
        using var kubectl = new KubectlRunner(gateway, program);
        var name = $"kw-again-{program[^2..]}";
        await kubectl.RunAsync(Named(name), "apply", "-f", "-");

        var again = await kubectl.RunAsync(Named(name), "apply", "-f", "-");

        again.ShouldBe($"app.federation/{name} {(program[^2..] is "27" or "28" ? "configured" : "unchanged")}\n");
        (await GetAsync(name, "{.metadata.generation}")).ShouldBe("1");
    }

    private static string Named(string name) => App.Replace("NAME", name, StringComparison.Ordinal) + "\n";

    private Task<string> GetAsync(string name, string path) => _kubectl.RunAsync("get", "app", name, "-o", $"jsonpath={path}");

    /// <summary>The fields that any of the managers owns, as text.</summary>
    private async Task<string> OwnedAsync(string name, params string[] managers)
    {
        var owned = "";
        foreach (var manager in managers)
            owned += await _kubectl.RunAsync("get", "app", name, "--show-managed-fields", "-o", $$"""jsonpath={.metadata.managedFields[?(@.manager=="{{manager}}")].fieldsV1}""");
        return owned;
    }

    private async Task<string> EditAsync(string script, params string[] what)
    {
        var result = await Command.RunAsync("env", [$"KUBE_EDITOR=sed -i -e '{script}'", "kubectl", .. _kubectl.Connection, "edit", .. what], null);
        result.ExitCode.ShouldBe(0, result.ToString());
        return result.Output + result.Error;
    }
}
