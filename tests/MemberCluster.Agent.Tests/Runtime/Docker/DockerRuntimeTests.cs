using Federation.TestKit.Docker;
using MemberCluster.Agent.Runtime;
using MemberCluster.Agent.Tests.Runtime.Conformance;

namespace MemberCluster.Agent.Tests.Runtime.Docker;

/// <summary>The conformance suite on a real engine, and what only a real engine has: a kernel.</summary>
public sealed class DockerRuntimeTests : RuntimeConformance
{
    private static readonly Lazy<Task> ImageIsThere = new(async () =>
    {
        await using var runtime = await TestDocker.ConnectAsync();
        await TestDocker.EnsureBusyboxAsync(runtime);
    });

    protected override async Task<IContainerRuntime> ConnectAsync()
    {
        await ImageIsThere.Value;
        return await TestDocker.ConnectAsync();
    }

    [Fact]
    public async Task Create_EverythingAsked_ReachesTheProcess()
    {
        var volume = await VolumeAsync("v");
        var id = await RunAsync(Spec("a") with
        {
            Env = Spec("a").Env.Add("COLOR", "red=green").Add("EMPTY", ""),
            Hostname = "db-0",
            User = "65534:65534",
            WorkingDirectory = "/tmp",
            ReadOnlyRootFilesystem = true,
            DropCapabilities = ["ALL"],
            Resources = new ContainerResources { CpuLimitMillicores = 500, CpuRequestMillicores = 250, PidsLimit = 50 },
            Mounts =
            [
                new ContainerMount.Volume(volume.Name) { Target = "/data", ReadOnly = true },
                new ContainerMount.Tmpfs(1 << 20) { Target = "/scratch" },
                new ContainerMount.Bind("/etc") { Target = "/machine", ReadOnly = true },
            ],
        });

        (await ShellAsync(id, "echo $COLOR; hostname; id -u; pwd")).ShouldBe("red=green\ndb-0\n65534\n/tmp\n");
        (await ShellAsync(id, "env | grep '^EMPTY='")).ShouldBe("EMPTY=\n");
        (await ShellAsync(id, "touch /nope 2>&1 || true")).ShouldContain("Read-only file system");
        (await ShellAsync(id, "grep CapEff /proc/1/status")).ShouldContain("0000000000000000");
        (await ShellAsync(id, "grep -c ' /data ' /proc/mounts; ls /machine/hostname; df -k /scratch | tail -n 1 | awk '{print $2}'")).ShouldBe("1\n/machine/hostname\n1024\n");
        // cgroup v2 has cpu.weight for shares; v1 has the shares themselves.
        (await ShellAsync(id, "cat /sys/fs/cgroup/cpu.max /sys/fs/cgroup/cpu/cpu.cfs_quota_us 2>/dev/null")).ShouldStartWith("50000");
    }

    [Fact]
    public async Task Create_NoEntrypoint_RunsTheImagesOwn()
    {
        var reference = $"federation.test/{Name("own")}:1";
        await Runtime.Images.ImportAsync(await BusyboxImage.CreateTarAsync(), new ImageImport(reference, ["ENTRYPOINT [\"/bin/echo\"]", "CMD [\"from image\"]"]), Token);
        var images = await RunAsync(Spec("a") with { Image = reference, Entrypoint = [] });
        var args = await RunAsync(Spec("b") with { Image = reference, Entrypoint = [], Args = ["from", "spec"] });
        await Containers.WaitAsync(images, Token);
        await Containers.WaitAsync(args, Token);
        (await ReadAsync(Containers.ReadLogsAsync(images, new LogQuery(), Token))).Out.ShouldBe("from image\n");
        (await ReadAsync(Containers.ReadLogsAsync(args, new LogQuery(), Token))).Out.ShouldBe("from spec\n");
        await Containers.RemoveAsync(images, force: true, Token);
        await Containers.RemoveAsync(args, force: true, Token);
        await Runtime.Images.RemoveAsync(reference, force: true, Token);
    }

    [Fact]
    public async Task Stop_WithInit_ForwardsTheSignal()
    {
        // "sleep" has no handler: as pid 1 it would ignore SIGTERM for the whole grace.
        var id = await RunUntilReadyAsync(Spec("a", "echo ready; exec sleep 3600") with { Init = true });
        await Containers.StopAsync(id, TimeSpan.FromSeconds(30), Token);
        var container = await Containers.InspectAsync(id, Token);
        container.ExitCode.ShouldBe(143);
        (container.FinishedAt - container.StartedAt).ShouldNotBeNull().ShouldBeLessThan(TimeSpan.FromSeconds(15));
    }

    [Fact]
    public async Task Stop_OwnStopSignal_IsUsed()
    {
        var id = await RunUntilReadyAsync(Spec("a", "trap 'exit 9' QUIT; echo ready; while :; do sleep 3600 & wait; done") with { StopSignal = "SIGQUIT" });
        await Containers.StopAsync(id, TimeSpan.FromSeconds(30), Token);
        (await Containers.InspectAsync(id, Token)).ExitCode.ShouldBe(9);
    }

    [Fact]
    public async Task Volume_Data_OutlivesTheContainer()
    {
        var volume = await VolumeAsync("v");
        var mounted = Spec("a") with { Mounts = [new ContainerMount.Volume(volume.Name) { Target = "/data" }] };
        var first = await RunAsync(mounted);
        await ShellAsync(first, "echo kept > /data/file");
        await Containers.RemoveAsync(first, force: true, Token);
        var second = await RunAsync(mounted);
        (await ShellAsync(second, "cat /data/file")).ShouldBe("kept\n");
    }

    [Fact]
    public async Task Bind_SourceMissing_IsInvalidRequest() =>
        await FailsAsync(RuntimeFailure.InvalidRequest, () =>
            Containers.CreateAsync(Spec("a") with { Mounts = [new ContainerMount.Bind("/no/such/path") { Target = "/data" }] }, Token));

    [Fact]
    public async Task StartExec_Terminal_HasASize()
    {
        var id = await RunAsync(Spec("a"));
        var spec = new ExecSpec { Command = Scripts.Shell("read line; stty size; test -t 0 && echo terminal"), AttachStdin = true, Tty = true };
        await using var attached = await Containers.StartExecAsync(id, spec, Token);
        await attached.ResizeAsync(columns: 100, rows: 30, Token);
        await attached.WriteAsync("\n"u8.ToArray(), Token);
        var (text, error) = await ReadAsync(attached.ReadAsync(Token));
        text.ShouldContain("30 100");
        text.ShouldContain("terminal");
        error.ShouldBeEmpty();
    }

    [Fact]
    public async Task Exec_CommandMissing_HasTheShellsExitCode()
    {
        var id = await RunAsync(Spec("a"));
        var result = await Containers.ExecAsync(id, new ExecSpec { Command = ["/no/such/program"] }, Token);
        result.ExitCode.ShouldNotBeNull().ShouldBeInRange(126, 127);
    }

    [Fact]
    public async Task Logs_Terminal_AreNotTakenApart()
    {
        var id = await RunAsync(Spec("a", Scripts.Prints) with { Tty = true });
        await Containers.WaitAsync(id, Token);
        (await ReadAsync(Containers.ReadLogsAsync(id, new LogQuery(), Token))).ShouldBe(("one\r\ntwo\r\nthree\r\n", ""));
    }

    [Fact]
    public async Task Logs_ManyMegabytes_ArriveWhole()
    {
        var id = await RunAsync(Spec("a", "yes 0123456789abcdef | head -n 200000"));
        await Containers.WaitAsync(id, Token);
        var (text, _) = await ReadAsync(Containers.ReadLogsAsync(id, new LogQuery(), Token));
        text.Length.ShouldBe(200_000 * 17);
    }

    [Fact]
    public async Task Image_Loaded_IsNamed()
    {
        // An image as "docker save" writes it, made by hand: the engine that saved it may be another one.
        var reference = $"federation.test/{Name("loaded")}:1";
        var tar = await SavedImage.CreateAsync(reference);
        (await Runtime.Images.LoadAsync(tar, Token)).ShouldBe([reference]);
        (await Runtime.Images.FindAsync(reference, Token)).ShouldNotBeNull();
        await Runtime.Images.RemoveAsync(reference, force: true, Token);
    }

    [Fact]
    public async Task Events_Health_IsTold()
    {
        var reference = $"federation.test/{Name("health")}:1";
        var change = "HEALTHCHECK --interval=1s --retries=1 CMD [\"/bin/true\"]";
        await Runtime.Images.ImportAsync(await BusyboxImage.CreateTarAsync(), new ImageImport(reference, [change]), Token);
        await using var events = await Runtime.SubscribeAsync(EventFilter.ByLabels(OwnLabel), since: null, Token);
        var id = await RunAsync(Spec("a") with { Image = reference });
        await foreach (var happened in events.WithCancellation(Token))
        {
            if (happened.Kind is not RuntimeEventKind.HealthChanged)
                continue;
            happened.Health.ShouldBe("healthy");
            break;
        }

        (await Containers.InspectAsync(id, Token)).Health.ShouldBe("healthy");
        await Containers.RemoveAsync(id, force: true, Token);
        await Runtime.Images.RemoveAsync(reference, force: true, Token);
    }

    private async Task<string> ShellAsync(string container, string script)
    {
        var result = await Containers.ExecAsync(container, new ExecSpec { Command = Scripts.Shell(script) }, Token);
        return result.StandardOutput;
    }
}
