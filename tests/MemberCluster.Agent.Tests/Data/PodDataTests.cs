using System.Text;
using Federation.Api.Agents;
using Federation.Api.Apps;
using MemberCluster.Agent.Runtime;
using MemberCluster.Agent.Tests.Support;
using ContainerSpec = MemberCluster.Agent.Runtime.ContainerSpec;
using Volume = Federation.Api.Apps.Volume;

namespace MemberCluster.Agent.Tests.Data;

/// <summary>Pods with ConfigMaps and Secrets, in an agent on a fake engine: what is made, what waits, what is left where.</summary>
public sealed class PodDataTests : IAsyncLifetime
{
    private readonly AgentFixture _fixture = new();
    private ContainerSpec? _made;

    public Task InitializeAsync()
    {
        _fixture.Engine.ProgramFor = (spec, _) =>
        {
            _made = spec;
            return null;
        };
        return Task.CompletedTask;
    }

    public async Task DisposeAsync() => await _fixture.DisposeAsync();

    [Fact]
    public async Task Run_SecretIsMissing_WaitsWithAReasonAndGoesOnByItselfOnceItIsThere()
    {
        _fixture.Start();
        _fixture.ControlPlane.Apply(WithPassword());
        await _fixture.UntilAsync(() => _fixture.ControlPlane.StatusOf("uid-web") is { Reason: "SecretMissing" }, "the secret is missed");

        _fixture.ControlPlane.StatusOf("uid-web")!.Message.ShouldBe("Secret default/db does not exist");
        _fixture.Containers.ShouldBeEmpty();
        await _fixture.UntilAsync(() => _fixture.ControlPlane.Events.Any(one => one is { Kind: "Pod", Type: "Warning", Reason: "SecretMissing" }), "it is told");
        await _fixture.UntilAsync(() => _fixture.ControlPlane.Pods.SingleOrDefault()?.Status.ContainerStatuses.Single().State.Waiting?.Reason == "SecretMissing", "the pod shows it");

        // Long enough for the back-off to be minutes: what ends the wait is the secret.
        await _fixture.PassAsync(TimeSpan.FromMinutes(3));
        var before = _fixture.Time.GetUtcNow();
        _fixture.ControlPlane.Apply(WithPassword().WithData(TestWorks.SecretOf("db", ("password", "s3cret"))));
        await _fixture.UntilReadyAsync(1);

        (_fixture.Time.GetUtcNow() - before).ShouldBeLessThan(TimeSpan.FromSeconds(2));
        _made!.Env["PASSWORD"].ShouldBe("s3cret");
        _made.Env["FEDERATION_REGION"].ShouldBe("us-east");
    }

    [Fact]
    public async Task Run_SecretFiles_AreInMemoryAndNowhereInTheDataDirectory()
    {
        _fixture.Start();
        _fixture.ControlPlane.Apply(WithSecretVolume().WithData(TestWorks.SecretOf("db", ("password", "s3cret-bytes"))));
        await _fixture.UntilReadyAsync(1);

        var mount = _made!.Mounts.OfType<ContainerMount.Bind>().ShouldHaveSingleItem();
        mount.ReadOnly.ShouldBeTrue();
        File.ReadAllText(Path.Combine(mount.Source, "password")).ShouldBe("s3cret-bytes");
        mount.Source.ShouldStartWith("/dev/shm/");
        AssertNotOnDisk("s3cret-bytes");

        _fixture.ControlPlane.Delete("uid-web");
        await _fixture.UntilAsync(() => _fixture.SecretFiles.Count == 0, "nothing secret is left");
    }

    [Fact]
    public async Task Update_ConfigMapChanges_ReachesTheFilesAndReplacesNoContainer()
    {
        _fixture.Start();
        _fixture.ControlPlane.Apply(WithMapVolume().WithData(TestWorks.MapOf("settings", ("color", "blue"))));
        await _fixture.UntilReadyAsync(1);
        var source = _made!.Mounts.OfType<ContainerMount.Bind>().Single().Source;
        var running = _fixture.RunningIds;
        File.ReadAllText(Path.Combine(source, "color")).ShouldBe("blue");

        _fixture.ControlPlane.Apply(WithMapVolume().WithData(TestWorks.MapOf("settings", ("color", "red"), ("size", "1"))));
        await _fixture.UntilAsync(() => File.Exists(Path.Combine(source, "size")), "the files are new");

        File.ReadAllText(Path.Combine(source, "color")).ShouldBe("red");
        _fixture.RunningIds.ShouldBe(running);
    }

    [Fact]
    public async Task Update_ConfigMapDeleted_TakesNothingFromRunningPodsAndNewOnesWait()
    {
        _fixture.Start();
        _fixture.ControlPlane.Apply(WithMapVolume().WithData(TestWorks.MapOf("settings", ("color", "blue"))));
        await _fixture.UntilReadyAsync(1);
        var source = _made!.Mounts.OfType<ContainerMount.Bind>().Single().Source;

        _fixture.ControlPlane.Apply(WithMapVolume(replicas: 2));
        await _fixture.UntilAsync(() => _fixture.ControlPlane.StatusOf("uid-web") is { Reason: "ConfigMapMissing", Ready: 1 }, "the new pod waits");

        File.ReadAllText(Path.Combine(source, "color")).ShouldBe("blue");
        _fixture.Engine.Crash(_fixture.RunningIds.Single());
        await _fixture.UntilAsync(() => _fixture.ControlPlane.StatusOf("uid-web") is { Ready: 1 } && _fixture.Containers.Length == 2, "the old pod starts again with the files it has");
    }

    [Fact]
    public async Task Run_SubPath_KeepsWhatItWasAndTheVolumeFollows()
    {
        var work = WithMapVolume().WithContainer(container => container with
        {
            VolumeMounts = [.. container.VolumeMounts, new VolumeMount { Name = "settings", MountPath = "/etc/color", SubPath = "color" }],
        });
        _fixture.Start();
        _fixture.ControlPlane.Apply(work.WithData(TestWorks.MapOf("settings", ("color", "blue"))));
        await _fixture.UntilReadyAsync(1);
        var mounts = _made!.Mounts.OfType<ContainerMount.Bind>().ToDictionary(mount => mount.Target, mount => mount.Source);

        _fixture.ControlPlane.Apply(work.WithData(TestWorks.MapOf("settings", ("color", "red"))));
        await _fixture.UntilAsync(() => File.ReadAllText(Path.Combine(mounts["/etc/settings"], "color")) == "red", "the volume follows");

        File.ReadAllText(mounts["/etc/color"]).ShouldBe("blue");
    }

    [Fact]
    public async Task Run_NoTmpfs_RefusesPodsWithSecretsAndRunsTheOthers()
    {
        _fixture.Options = _fixture.Options with { RuntimeDirectory = Path.Combine(_fixture.Options.Data, "not-in-memory") };
        _fixture.Start();
        _fixture.ControlPlane.Apply(WithPassword().WithData(TestWorks.SecretOf("db", ("password", "s3cret-bytes"))));
        _fixture.ControlPlane.Apply(TestWorks.Web(1, "uid-plain"));

        await _fixture.UntilAsync(() => _fixture.ControlPlane.StatusOf("uid-web") is { Reason: "SecretsNeedTmpfs" }, "it is refused");
        await _fixture.UntilReadyAsync(1, "uid-plain");
        AssertNotOnDisk("s3cret-bytes");
    }

    [Fact]
    public async Task Restart_OfTheAgent_KeepsSecretsAndOfTheMachineAsksForThem()
    {
        var work = WithSecretVolume().WithData(TestWorks.SecretOf("db", ("password", "s3cret")));
        _fixture.Start();
        _fixture.ControlPlane.Apply(work);
        await _fixture.UntilReadyAsync(1);

        await _fixture.KillAsync();
        _fixture.ControlPlane.IsCut = true;
        _fixture.Engine.CrashAll();
        _fixture.Start();
        await _fixture.UntilAsync(() => _fixture.RunningIds.Length == 1, "it runs again from what is kept");

        await _fixture.KillAsync();
        _fixture.LoseMemory();
        _fixture.Engine.CrashAll();
        _fixture.ControlPlane.IsCut = true;
        _fixture.Start();
        await _fixture.PassAsync(TimeSpan.FromSeconds(10));
        _fixture.RunningIds.ShouldBeEmpty();

        _fixture.ControlPlane.IsCut = false;
        await _fixture.UntilAsync(() => _fixture.RunningIds.Length == 1, "it runs again once the secret is here again");
        _fixture.SecretFiles.ShouldNotBeEmpty();
    }

    [Fact]
    public async Task Start_LeftoversOfPodsThatAreGone_AreRemovedAndThoseOfOthersStay()
    {
        _fixture.Start();
        _fixture.ControlPlane.Apply(WithSecretVolume().WithData(TestWorks.SecretOf("db", ("password", "s3cret"))));
        await _fixture.UntilReadyAsync(1);
        await _fixture.KillAsync();
        var pods = Path.GetDirectoryName(Path.GetDirectoryName(Path.GetDirectoryName(_made!.Mounts.OfType<ContainerMount.Bind>().Single().Source)))!;
        var leftover = Directory.CreateDirectory(Path.Combine(pods, "uid-of-a-pod-that-is-gone", "volumes", "db")).FullName;
        File.WriteAllText(Path.Combine(leftover, "password"), "old");

        _fixture.Start();

        await _fixture.UntilAsync(() => !Directory.Exists(leftover), "the leftover is removed");
        _fixture.SecretFiles.ShouldContain(path => path.EndsWith("/password", StringComparison.Ordinal));
    }

    private void AssertNotOnDisk(string secret)
    {
        foreach (var path in Directory.EnumerateFiles(_fixture.Options.Data, "*", SearchOption.AllDirectories))
        {
            var content = File.ReadAllText(path);
            content.ShouldNotContain(secret);
            content.ShouldNotContain(Convert.ToBase64String(Encoding.UTF8.GetBytes(secret)));
        }
    }

    private static Work WithPassword() => TestWorks.Web(1).WithContainer(container => container with
    {
        Env = [new EnvVar { Name = "PASSWORD", ValueFrom = new EnvVarSource { SecretKeyRef = new KeyReference { Name = "db", Key = "password" } } }],
    });

    private static Work WithMapVolume(int replicas = 1) =>
        WithVolume(new Volume { Name = "settings", ConfigMap = new ConfigMapVolume { Name = "settings" } }, "/etc/settings") with { Replicas = replicas };

    private static Work WithSecretVolume() => WithVolume(new Volume { Name = "db", Secret = new SecretVolume { SecretName = "db" } }, "/etc/db");

    private static Work WithVolume(Volume volume, string path) => TestWorks.Web(1)
        .WithSpec(spec => spec with { Volumes = [volume] })
        .WithContainer(container => container with { VolumeMounts = [new VolumeMount { Name = volume.Name, MountPath = path }] });
}
