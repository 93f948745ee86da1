namespace Federation.Gateway.Tests.Kubectl;

/// <summary>Daemons and Jobs with the real kubectl.</summary>
public sealed class KubectlKindsTests(GatewayHarness gateway) : IClassFixture<GatewayHarness>, IDisposable
{
    private const string Job = """
        apiVersion: federation/v1
        kind: Job
        metadata: { name: NAME }
        spec:
          completions: 0
          template:
            spec:
              restartPolicy: Never
              containers: [{ name: main, image: "busybox:1" }]
        """;

    private readonly KubectlRunner _kubectl = new(gateway);

    public void Dispose() => _kubectl.Dispose();

    [Fact]
    public async Task Samples_Apply_AndAreShown()
    {
        (await _kubectl.RunAsync("apply", "-f", Path.Combine(Root(), "samples", "kinds"))).ShouldSatisfyAllConditions(
            output => output.ShouldContain("daemon.federation/node-info created"), output => output.ShouldContain("job.federation/pieces created"), output => output.ShouldContain("job.federation/nightly created"));

        (await _kubectl.RunAsync("get", "daemons")).Split('\n')[0].ShouldMatch("^NAME +DESIRED +RUNNING +READY +UPDATED +REGIONS +AGE$");
        (await _kubectl.RunAsync("get", "ds", "node-info")).ShouldMatch("node-info +0 +0 +0 +0 +<none>");
        var jobs = await _kubectl.RunAsync("get", "jobs.federation");
        jobs.Split('\n')[0].ShouldMatch("^NAME +STATUS +COMPLETIONS +DURATION +SCHEDULE +LAST SCHEDULE +AGE$");
        jobs.ShouldMatch("pieces +Running +0/9 ");
        jobs.ShouldMatch(@"nightly +Scheduled +<none> +30 2 \* \* mon-fri +<none>");
        (await _kubectl.RunAsync("get", "all")).ShouldSatisfyAllConditions(output => output.ShouldContain("daemon.federation/node-info"), output => output.ShouldContain("job.federation/pieces"));
        (await _kubectl.RunAsync("describe", "daemon", "node-info")).ShouldContain("federation/web:1");
        // What is applied twice does not change: kubectl leaves out the defaults.
        await _kubectl.RunAsync("apply", "-f", Path.Combine(Root(), "samples", "kinds"));
        (await _kubectl.RunAsync("get", "jobs.federation", "pieces", "-o", "jsonpath={.metadata.generation}")).ShouldBe("1");

        (await _kubectl.RunAsync("delete", "-f", Path.Combine(Root(), "samples", "kinds"), "--timeout=60s")).ShouldContain("job.federation \"nightly\" deleted");
    }

    [Fact]
    public async Task PetSet_ApplyScaleExplainDelete_AreAsForAnyKind()
    {
        const string Db = """
            apiVersion: federation/v1
            kind: PetSet
            metadata: { name: kk-db }
            spec:
              replicas: 3
              template: { spec: { containers: [{ name: db, image: "db:3", volumeMounts: [{ name: data, mountPath: /data }] }] } }
              volumeClaims: [{ name: data, size: 1Gi }]
            """;

        (await _kubectl.RunAsync(Db, "apply", "-f", "-")).ShouldBe("petset.federation/kk-db created\n");
        var shown = await _kubectl.RunAsync("get", "pets");
        shown.Split('\n')[0].ShouldMatch("^NAME +READY +UPDATED +REGIONS +AGE$");
        shown.ShouldMatch("kk-db +0/3 +0 +<none>");

        (await _kubectl.RunAsync("scale", "petset/kk-db", "--replicas=5", "--current-replicas=3")).ShouldBe("petset.federation/kk-db scaled\n");
        (await _kubectl.RunAsync("get", "petset", "kk-db", "-o", "jsonpath={.spec.replicas} {.spec.podManagementPolicy} {.spec.placement.failover.volumes}")).ShouldBe("5 OrderedReady Wait");
        (await _kubectl.RunAsync("explain", "petset.spec.partitionPolicy")).ShouldContain("cut off");

        var shrunk = await _kubectl.TryAsync(Db.Replace("1Gi", "1Mi", StringComparison.Ordinal), "apply", "-f", "-");
        shrunk.Error.ShouldContain("spec.volumeClaims[0].size: Invalid value: \"1Mi\": cannot shrink: it is 1Gi");
        var foreign = await _kubectl.TryAsync(Db.Replace("replicas: 3", "serviceName: db", StringComparison.Ordinal), "apply", "-f", "-");
        foreign.Error.ShouldContain("spec.serviceName");

        (await _kubectl.RunAsync("delete", "petset", "kk-db", "--timeout=60s")).ShouldContain("petset.federation \"kk-db\" deleted");
    }

    [Fact]
    public async Task PetSnapshot_ApplyGetExplainDelete_AreAsForAnyKind()
    {
        const string Nightly = """
            apiVersion: federation/v1
            kind: PetSnapshot
            metadata: { name: kk-nightly }
            spec: { petSet: kk-none, schedule: "0 3 * * *", keep: 7 }
            """;

        (await _kubectl.RunAsync(Nightly, "apply", "-f", "-")).ShouldBe("petsnapshot.federation/kk-nightly created\n");
        var shown = await _kubectl.RunAsync("get", "petsnapshots");
        shown.Split('\n')[0].ShouldMatch("^NAME +PETSET +STATUS +COPIES +SIZE +SCHEDULE +LAST COMPLETE +AGE$");
        shown.ShouldMatch(@"kk-nightly +kk-none +Scheduled +0 +0 +0 3 \* \* \* +<none>");
        (await _kubectl.RunAsync("get", "psnap", "kk-nightly", "-o", "jsonpath={.spec.consistency} {.spec.pauseSeconds} {.spec.timeZone}")).ShouldBe("Pause 30 Etc/UTC");
        (await _kubectl.RunAsync("explain", "petsnapshot.spec.consistency")).ShouldContain("kept from writing");
        (await _kubectl.TryAsync(Nightly.Replace("keep: 7", "consistency: Stop", StringComparison.Ordinal), "apply", "-f", "-")).Error.ShouldContain("spec.consistency");

        (await _kubectl.RunAsync("delete", "petsnapshot", "kk-nightly", "--timeout=60s")).ShouldContain("petsnapshot.federation \"kk-nightly\" deleted");
    }

    [Fact]
    public async Task Job_Completes_WaitAndDescribeSeeIt()
    {
        await _kubectl.RunAsync(Job.Replace("NAME", "kk-done", StringComparison.Ordinal), "apply", "-f", "-");

        (await _kubectl.RunAsync("wait", "--for=condition=Complete", "job.federation/kk-done", "--timeout=20s")).ShouldBe("job.federation/kk-done condition met\n");

        (await _kubectl.RunAsync("get", "job.federation", "kk-done")).ShouldMatch("kk-done +Complete +0/0");
        (await _kubectl.RunAsync("describe", "job.federation", "kk-done")).ShouldContain("CompletionsReached");
    }

    [Fact]
    public async Task Job_Scale_IsRefusedWithAReason()
    {
        await _kubectl.RunAsync(Job.Replace("NAME", "kk-scale", StringComparison.Ordinal), "apply", "-f", "-");

        var result = await _kubectl.TryAsync(null, "scale", "job.federation/kk-scale", "--replicas=3");

        result.ExitCode.ShouldNotBe(0);
        result.Error.ShouldContain("a Job cannot be scaled: spec.parallelism says how many of its pods run at the same time");
    }

    [Fact]
    public async Task Job_Template_CannotBeChanged()
    {
        var manifest = Job.Replace("NAME", "kk-fixed", StringComparison.Ordinal);
        await _kubectl.RunAsync(manifest, "apply", "-f", "-");

        var result = await _kubectl.TryAsync(manifest.Replace("busybox:1", "busybox:2", StringComparison.Ordinal), "apply", "-f", "-");

        result.ExitCode.ShouldNotBe(0);
        result.Error.ShouldContain("spec.template");
        result.Error.ShouldContain("immutable");
    }

    [Theory]
    [InlineData("completions: 0", "completions: -1", "spec.completions")]
    [InlineData("restartPolicy: Never", "restartPolicy: Always", "spec.template.spec.restartPolicy")]
    [InlineData("restartPolicy: Never", "terminationGracePeriodSeconds: 1", "spec.template.spec.restartPolicy")]
    [InlineData("completions: 0", "schedule: '61 * * * *'", "spec.schedule")]
    [InlineData("completions: 0", "schedule: '0 0 30 2 *'", "spec.schedule")]
    [InlineData("completions: 0", "timeZone: Europe/Berlin", "spec.timeZone")]
    [InlineData("completions: 0", "{ schedule: '@hourly', timeZone: Nowhere/Land }", "spec.timeZone")]
    [InlineData("completions: 0", "replicas: 3", "spec.replicas")]
    [InlineData("completions: 0", "placement: { divide: { mode: Duplicate } }", "spec.placement.divide")]
    public async Task Job_WithAMistake_NamesTheField(string before, string after, string path)
    {
        var manifest = after.StartsWith('{')
            ? Job.Replace(before, "schedule: '@hourly'\n  timeZone: Nowhere/Land", StringComparison.Ordinal)
            : Job.Replace(before, after, StringComparison.Ordinal);

        var result = await _kubectl.TryAsync(manifest.Replace("NAME", "kk-wrong", StringComparison.Ordinal), "apply", "-f", "-");

        result.ExitCode.ShouldNotBe(0);
        result.Error.ShouldContain(path);
    }

    [Fact]
    public async Task Explain_KnowsTheFields()
    {
        (await _kubectl.RunAsync("explain", "jobs.federation.spec.schedule")).ShouldContain("30 2 * * mon-fri");
        (await _kubectl.RunAsync("explain", "daemon.spec.placement")).ShouldContain("regions");
    }

    private static string Root()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "Federation.sln")))
            directory = directory.Parent ?? throw new InvalidOperationException("This runs outside the repository.");
        return directory.FullName;
    }
}
