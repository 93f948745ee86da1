using System.Net;
using System.Text;
using Federation.Api.Apps;
using Federation.Client.Manifests;
using Federation.TestKit.Docker;
using Federation.TestKit.Processes;
using Federation.TestKit.Waiting;
using MemberCluster.Agent.Runtime;
using MemberCluster.Agent.Tests.Runtime.Docker;

namespace MemberCluster.Agent.Tests.Samples;

/// <summary>The sample image, made by its own script and run on a real engine.</summary>
public sealed class WebSampleTests : IAsyncLifetime
{
    private readonly CancellationTokenSource _deadline = new(TimeSpan.FromMinutes(2));
    private readonly HttpClient _http = new();
    private readonly string _name = $"fedtest-web-{Guid.NewGuid():N}";
    private IContainerRuntime _runtime = null!;

    public async Task InitializeAsync()
    {
        var engine = await DockerEngine.SharedAsync();
        _runtime = TestDocker.Connect(engine.Host);
        var environment = new Dictionary<string, string> { ["DOCKER_HOST"] = engine.Host };
        var built = await Command.RunAsync(Path.Combine(Root(), "samples", "web", "build"), [], environment: environment);
        built.ExitCode.ShouldBe(0, built.ToString());
    }

    public async Task DisposeAsync()
    {
        await _runtime.Containers.RemoveAsync(_name, force: true, CancellationToken.None);
        await _runtime.DisposeAsync();
        _http.Dispose();
        _deadline.Dispose();
    }

    [Theory]
    [InlineData("1", "Hello from region eu-west, cluster eu-west-1, pod web-x (web v1)\n")]
    [InlineData("2", "Hello again from region eu-west, cluster eu-west-1, pod web-x (web v2)\n")]
    public async Task Run_EitherVersion_SaysWhereItRuns(string version, string expected)
    {
        var address = await StartAsync($"federation/web:{version}");
        (await _http.GetStringAsync(new Uri($"http://{address}:8080/"), _deadline.Token)).ShouldBe(expected);
        (await _http.GetStringAsync(new Uri($"http://{address}:8080/healthz"), _deadline.Token)).ShouldBe("ok\n");
        using var missing = await _http.GetAsync(new Uri($"http://{address}:8080/nothing"), _deadline.Token);
        missing.StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public void Manifest_AsShipped_IsValid()
    {
        var manifest = ManifestReader.Load(Path.Combine(Root(), "samples", "web", "app.yaml")).ShouldHaveSingleItem();
        var decoded = manifest.Kind.DecodeAndValidate(Encoding.UTF8.GetBytes(manifest.Content.ToJsonString()));
        decoded.Errors.ShouldBeEmpty();
        var spec = decoded.Resource.ShouldBeOfType<App>().Spec;
        spec.Replicas.ShouldBe(6);
        spec.Template.Spec.Containers.ShouldHaveSingleItem().Image.ShouldBe("federation/web:1");
        spec.Expose.ShouldHaveSingleItem().Port.ShouldBe(8080);
    }

    [Fact]
    public async Task Run_ManyClients_AllAreAnswered()
    {
        var address = await StartAsync("federation/web:1");
        var answers = await Task.WhenAll(Enumerable.Range(0, 300).Select(_ => _http.GetStringAsync(new Uri($"http://{address}:8080/"), _deadline.Token)));
        answers.Distinct().ShouldHaveSingleItem().ShouldContain("web-x");
    }

    [Fact]
    public async Task Stop_Running_EndsByItself()
    {
        await StartAsync("federation/web:1");
        await _runtime.Containers.StopAsync(_name, TimeSpan.FromSeconds(60), _deadline.Token);
        var container = await _runtime.Containers.InspectAsync(_name, _deadline.Token);
        container.ExitCode.ShouldBe(0, "137 would mean it ignored the signal");
    }

    private async Task<string> StartAsync(string image)
    {
        var spec = new MemberCluster.Agent.Runtime.ContainerSpec
        {
            Name = _name,
            Image = image,
            Labels = System.Collections.Immutable.ImmutableDictionary<string, string>.Empty.Add(DockerEngine.TestLabel, "web"),
            Env = System.Collections.Immutable.ImmutableDictionary<string, string>.Empty
                .Add("FEDERATION_REGION", "eu-west").Add("FEDERATION_CLUSTER", "eu-west-1").Add("FEDERATION_POD", "web-x"),
        };
        await _runtime.Containers.CreateAsync(spec, _deadline.Token);
        await _runtime.Containers.StartAsync(_name, _deadline.Token);
        var address = (await _runtime.Containers.InspectAsync(_name, _deadline.Token)).IpAddress.ShouldNotBeNull();
        await Eventually.TrueAsync(() => AnswersAsync(address), "the server answers");
        return address;
    }

    private async Task<bool> AnswersAsync(string address)
    {
        try
        {
            return await _http.GetStringAsync(new Uri($"http://{address}:8080/healthz"), _deadline.Token) == "ok\n";
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static string Root()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "Federation.sln")))
            directory = directory.Parent ?? throw new InvalidOperationException("The tests run outside of the repository.");
        return directory.FullName;
    }
}
