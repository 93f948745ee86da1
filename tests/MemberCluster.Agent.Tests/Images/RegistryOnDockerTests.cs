using System.Diagnostics;
using Federation.Api.Apps;
using Federation.Domain.Works;
using Federation.TestKit.Docker;
using Federation.TestKit.Waiting;
using MemberCluster.Agent.Pods;
using MemberCluster.Agent.Tests.Pods.Conformance;
using MemberCluster.Agent.Tests.Support;

namespace MemberCluster.Agent.Tests.Images;

/// <summary>Pods whose images come from a registry, through whole agents on real engines: who may pull, which bytes run, and what happens while the registry is in trouble.</summary>
public sealed class RegistryOnDockerTests(RegistryLab lab) : IClassFixture<RegistryLab>
{
    private const string Repository = TestRegistry.Repository;

    [Theory]
    [InlineData(RegistryScheme.Basic)]
    [InlineData(RegistryScheme.Bearer)]
    public async Task PullSecret_MissingThenWrongThenRight_SaysSoEachTimeAndRuns(RegistryScheme scheme)
    {
        await using var registry = await TestRegistry.StartAsync(("reader", "right?>~"), scheme);
        await using var trial = new PodTrial(lab.East, nameof(PullSecret_MissingThenWrongThenRight_SaysSoEachTimeAndRuns));
        trial.Apply(Spec(registry.Reference) with { ImagePullSecrets = [new LocalReference { Name = "registry" }] });
        await trial.UntilAsync(() => trial.Work?.Reason == Reasons.ImagePullFailed, "nobody may pull it");
        trial.Work!.Message!.ShouldContain("Secret default/registry, named in imagePullSecrets, does not exist");
        await trial.UntilAsync(() => trial.Main.State.Waiting?.Reason == Reasons.ImagePullFailed, "the container waits for it");

        Give("wrong-password");
        await trial.UntilAsync(() => trial.Work is { Reason: Reasons.ImagePullFailed, Message: { } message } && !message.Contains("does not exist", StringComparison.Ordinal), "the credentials are refused");
        Give("right?>~");
        await trial.UntilReadyAsync();

        var said = trial.Said(Reasons.ImagePullFailed).ToList();
        said.ShouldNotBeEmpty();
        said.ShouldAllBe(message => message.Contains(registry.Reference) && !message.Contains("wrong-password"));
        return;

        void Give(string password) => trial.Change(work => work.WithData(PullCredentialsTests.SecretWith(PullCredentialsTests.Json(registry.Host, "reader", password))));
    }

    [Fact]
    public async Task TagMoves_AfterTheFirstRegionRanIt_TheSecondRunsTheSameBytes()
    {
        await using var registry = await TestRegistry.StartAsync();
        lab.Pulled.Add(await registry.PushAsync(Repository, "1", "first"));
        await using var east = new PodTrial(lab.East, "east");
        await using var west = new PodTrial(lab.West, "west");
        var template = new PodTemplate { Spec = Spec(registry.Reference, ImagePullPolicy.Always) };
        await RunAsync(east, template, pins: null);
        var pins = ImagePinPlanner.Next(null, template, [east.Work!]).ShouldNotBeNull();

        await registry.PushAsync(Repository, "1", "second");
        await RunAsync(west, template, pins);
        (await west.ExecAsync("echo $CONTENT")).ShouldBe("first");
        west.Main.ImageID.ShouldBe(east.Main.ImageID);

        // The first region is told of what it found itself; also what is made anew there stays what it was.
        east.Change(work => work with { Images = pins.References });
        await east.KillAsync();
        await east.UntilRestartedAsync();
        (await east.ExecAsync("echo $CONTENT")).ShouldBe("first");

        // Another template looks anew.
        var later = template with { Metadata = new TemplateMeta { Annotations = new Dictionary<string, string> { ["restartedAt"] = "now" } } };
        await RunAsync(east, later, pins: null);
        await east.UntilAsync(async () => await east.ExecAsync("echo $CONTENT") == "second", "the new template's pod runs what the tag leads to now");
        ImagePinPlanner.Next(pins, later, [east.Work!])!.References.ShouldNotBe(pins.References);
    }

    [Fact]
    public async Task PullPolicy_Always_AsksAtEachStart_IfNotPresent_Once()
    {
        await using var registry = await TestRegistry.StartAsync();
        await registry.PushAsync(Repository, "always", "first");
        await registry.PushAsync(Repository, "once", "first");
        await using var always = new PodTrial(lab.East, "always");
        await using var once = new PodTrial(lab.East, "once");
        await Task.WhenAll(
            always.ReadyAsync(Spec(registry.ReferenceOf(Repository, "always"), ImagePullPolicy.Always)),
            once.ReadyAsync(Spec(registry.ReferenceOf(Repository, "once"), ImagePullPolicy.IfNotPresent)));
        var asked = registry.Lookups(Repository, "always");

        await registry.PushAsync(Repository, "always", "second");
        await registry.PushAsync(Repository, "once", "second");
        await Task.WhenAll(always.KillAsync(), once.KillAsync());
        await Task.WhenAll(always.UntilRestartedAsync(), once.UntilRestartedAsync());

        (await always.ExecAsync("echo $CONTENT")).ShouldBe("second");
        (await once.ExecAsync("echo $CONTENT")).ShouldBe("first");
        registry.Lookups(Repository, "always").ShouldBeGreaterThan(asked);
    }

    [Fact]
    public async Task PullPolicy_Never_AsksNobody_AndRunsOnceTheImageIsThere()
    {
        await using var registry = await TestRegistry.StartAsync();
        await using var trial = new PodTrial(lab.East, "never");
        trial.Apply(Spec(registry.Reference, ImagePullPolicy.Never));
        await trial.UntilReasonAsync(Reasons.ImageNotFound);
        trial.Work!.Message!.ShouldContain("imagePullPolicy is Never");
        registry.Requests.ShouldBeEmpty();

        await lab.East.Runtime.Images.PullAsync(registry.Reference, auth: null, progress: null, CancellationToken.None);

        await trial.UntilReadyAsync();
    }

    [Fact]
    public async Task RegistryDown_SaysSo_AndTheyRunOnceItIsBack()
    {
        await using var registry = await TestRegistry.StartAsync();
        await using var trial = new PodTrial(lab.East, "down");
        await registry.GoDownAsync();
        trial.Apply(Spec(registry.Reference));
        await trial.UntilReasonAsync(Reasons.ImagePullFailed);
        trial.Work!.Message!.ShouldContain("connection refused");
        await trial.UntilEventAsync(Reasons.ImagePullFailed);

        await registry.ComeBackAsync();

        await trial.UntilReadyAsync();
        trial.Work!.Reason.ShouldBeNull();
    }

    [Fact]
    public async Task RegistryInTrouble_IsAskedLessAndLess_AndTheyRunOnceItIsWell()
    {
        const string Limit = "you have reached your pull rate limit";
        await using var registry = await TestRegistry.StartAsync();
        registry.Fault = new RegistryFault(429, "TOOMANYREQUESTS", Limit);
        await using var trial = new PodTrial(lab.East, "trouble");
        trial.Apply(Spec(registry.Reference));
        await trial.UntilAsync(() => Says(Limit), "the registry's limit is told");
        registry.Fault = new RegistryFault(503, "UNAVAILABLE", "service is being moved");
        await trial.UntilAsync(() => Attempts(registry).Count >= 3, "it is tried again and again");
        await trial.UntilAsync(() => Says("503 Service Unavailable"), "its fault is told");

        registry.Fault = null;
        await trial.UntilReadyAsync();

        // At once, after a second, after two …: so much at least lies between them, however slow this machine is.
        var attempts = Attempts(registry);
        Stopwatch.GetElapsedTime(attempts[0], attempts[2]).ShouldBeGreaterThan(TimeSpan.FromSeconds(2.9));
        return;

        bool Says(string words) => trial.Work is { Reason: Reasons.ImagePullFailed, Message: { } message } && message.Contains(words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RegistryHangs_PodsOfOtherRegistriesAndWithoutOneRun_AndWhoWaitsCanBeDeleted()
    {
        await using var slow = await TestRegistry.StartAsync();
        await using var quick = await TestRegistry.StartAsync();
        using var hold = slow.Hold(Repository);
        var waiting = new List<PodTrial>();
        for (var number = 0; number < 5; number++)
        {
            await slow.PushAsync(Repository, $"v{number}", $"{number}");
            var trial = new PodTrial(lab.East, $"waiting {number}");
            trial.Apply(Spec(slow.ReferenceOf(Repository, $"v{number}")));
            waiting.Add(trial);
        }

        await Eventually.TrueAsync(() => slow.Requests.Count(request => request.Path.Contains("/manifests/", StringComparison.Ordinal)) >= 3, "the engine pulls");
        await Task.WhenAll(waiting.Select(trial => trial.UntilEventAsync("Pulling")));
        await using var other = new PodTrial(lab.East, "other");
        await other.ReadyAsync(Spec(quick.Reference));
        await waiting[0].RemoveAsync();

        hold.Dispose();
        await Task.WhenAll(waiting.Skip(1).Select(trial => trial.UntilReadyAsync()));
        foreach (var trial in waiting)
            await trial.DisposeAsync();
    }

    [Fact]
    public async Task Mirror_ImageOfDockersRegistry_ComesFromThereAndIsPinned()
    {
        const string Image = "mirrored:1";
        var digest = await lab.Mirror.PushAsync("library/mirrored", "1", "mirrored");
        await using var trial = new PodTrial(lab.East, "mirror");
        await trial.ReadyAsync(Spec(Image));

        (await trial.ExecAsync("echo $CONTENT")).ShouldBe("mirrored");
        trial.Work!.Images.ShouldBe($"{Image}=mirrored{digest[digest.IndexOf('@')..]}");
    }

    [Fact]
    public async Task DataMissing_IsNamed_AndThePodRunsOnceAllIsThere()
    {
        await using var registry = await TestRegistry.StartAsync();
        await using var trial = new PodTrial(lab.East, "data");
        var spec = Spec(registry.Reference);
        trial.Apply(spec with
        {
            Volumes = [new Federation.Api.Apps.Volume { Name = "settings", ConfigMap = new ConfigMapVolume { Name = "settings" } }],
            Containers =
            [
                spec.Containers[0] with
                {
                    Env = [new EnvVar { Name = "TOKEN", ValueFrom = new EnvVarSource { SecretKeyRef = new KeyReference { Name = "token", Key = "value" } } }],
                    VolumeMounts = [new VolumeMount { Name = "settings", MountPath = "/settings" }],
                },
            ],
        });
        await trial.UntilReasonAsync(Reasons.SecretMissing);
        trial.Work!.Message!.ShouldContain("token");
        await trial.UntilEventAsync(Reasons.SecretMissing);

        var token = TestWorks.SecretOf("token", ("value", "s3cret"));
        trial.Change(work => work.WithData(token));
        await trial.UntilReasonAsync(Reasons.ConfigMapMissing);
        trial.Work!.Message!.ShouldContain("settings");

        trial.Change(work => work.WithData(token, TestWorks.MapOf("settings", ("color", "blue"))));
        await trial.UntilReadyAsync();
        (await trial.ExecAsync("echo $TOKEN $(cat /settings/color)")).ShouldBe("s3cret blue");
    }

    private static PodSpec Spec(string image, ImagePullPolicy? policy = null) =>
        PodTrial.Spec(PodTrial.Container("trap 'exit 0' TERM; while :; do sleep 1 & wait $!; done") with { Image = image, ImagePullPolicy = policy });

    private static async Task RunAsync(PodTrial trial, PodTemplate template, ImagePins? pins)
    {
        var hash = TemplateHash.Of(template);
        trial.Apply(template, hash, images: pins?.References);
        await trial.UntilAsync(() => trial.Work is { Ready: 1, Running: 1, Updated: 1, Images: var images } work && work.TemplateHash == hash && (pins is not null || images is not null), "it runs");
    }

    /// <summary>When the engine began to pull; it may ask several times for one pull.</summary>
    private static List<long> Attempts(TestRegistry registry)
    {
        var attempts = new List<long>();
        foreach (var at in registry.Requests.Where(request => request.Path.Contains("/manifests/", StringComparison.Ordinal)).Select(request => request.At))
        {
            if (attempts.Count == 0 || Stopwatch.GetElapsedTime(attempts[^1], at) > TimeSpan.FromMilliseconds(500))
                attempts.Add(at);
        }

        return attempts;
    }
}
