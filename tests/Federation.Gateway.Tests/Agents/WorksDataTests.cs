using System.Text;
using Federation.Api.Agents;
using Federation.Api.Apps;
using Federation.Api.Core;
using Federation.Api.Meta;
using Federation.Client.Agents;

namespace Federation.Gateway.Tests.Agents;

/// <summary>ConfigMaps and Secrets in the stream of works.</summary>
public sealed class WorksDataTests(GatewayHarness gateway) : IClassFixture<GatewayHarness>
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Works_ObjectsWrittenBeforeTheApp_AreWithItsWorkAndNoOthers()
    {
        using var agent = await gateway.JoinAsync("data-a");
        await using var stream = new Reader(agent, "data-a");
        await stream.UntilAsync(line => line.Type == WorkEventType.Bookmark);
        await gateway.Client.CreateAsync(Map("settings-a", ("color", "blue")));
        await gateway.Client.CreateAsync(SecretOf("secret-a", "s3cret"));
        await gateway.Client.CreateAsync(SecretOf("unrelated-a", "other"));

        await gateway.StoreAsync(NewApp("app-a", "data-a", map: "settings-a", secret: "secret-a"));
        var work = await stream.WorkAsync("app-a");

        work.Data.Select(data => (data.Kind, data.Name)).ShouldBe([("ConfigMap", "settings-a"), ("Secret", "secret-a")]);
        Text(work, "settings-a", "color").ShouldBe("blue");
        Text(work, "secret-a", "password").ShouldBe("s3cret");
        work.Data[1].Type.ShouldBe("Opaque");
    }

    [Fact]
    public async Task Works_ObjectCreatedChangedAndDeletedLater_SendsTheConcernedWorkToItsClustersOnly()
    {
        using var agent = await gateway.JoinAsync("data-b");
        using var other = await gateway.JoinAsync("data-b2");
        await gateway.StoreAsync(NewApp("app-b", "data-b", map: "settings-b", secret: "secret-b"));
        await gateway.StoreAsync(NewApp("app-b-plain", "data-b"));
        await gateway.StoreAsync(NewApp("app-b2", "data-b2", map: "settings-b2", secret: "secret-b2"));
        await using var stream = new Reader(agent, "data-b");
        await using var elsewhere = new Reader(other, "data-b2");
        (await stream.WorkAsync("app-b")).Data.ShouldBeEmpty();
        await elsewhere.WorkAsync("app-b2");

        var map = (ConfigMap)await gateway.Client.CreateAsync(Map("settings-b", ("color", "blue")));
        Text(await stream.WorkAsync("app-b"), "settings-b", "color").ShouldBe("blue");
        var updated = (ConfigMap)await gateway.Client.ReplaceAsync(map with { Data = new Dictionary<string, string> { ["color"] = "red" } });
        Text(await stream.WorkAsync("app-b"), "settings-b", "color").ShouldBe("red");
        await gateway.Client.DeleteAsync<ConfigMap>("settings-b", "default");
        (await stream.WorkAsync("app-b")).Data.ShouldBeEmpty();

        var end = await gateway.StoreAsync(NewApp("app-b-end", "data-b2"));
        await elsewhere.UntilAsync(line => line.Type == WorkEventType.Bookmark && line.Revision >= end);
        await stream.UntilAsync(line => line.Type == WorkEventType.Bookmark && line.Revision >= end);
        elsewhere.Seen.Count(line => line.Work?.Name == "app-b2").ShouldBe(1);
        stream.Seen.Count(line => line.Work?.Name == "app-b-plain").ShouldBe(1);
        stream.Seen.Count(line => line.Work?.Name == "app-b").ShouldBe(4);
    }

    [Fact]
    public async Task Works_TemplateNamesAnotherObjectNow_FollowsThatOne()
    {
        using var agent = await gateway.JoinAsync("data-c");
        await gateway.Client.CreateAsync(Map("settings-c1", ("color", "blue")));
        var app = NewApp("app-c", "data-c", map: "settings-c1");
        await gateway.StoreAsync(app);
        await using var stream = new Reader(agent, "data-c");
        await stream.WorkAsync("app-c");

        await gateway.StoreAsync(NewApp("app-c", "data-c", map: "settings-c2") with { Metadata = app.Metadata with { Generation = 2 } });
        (await stream.WorkAsync("app-c")).Data.ShouldBeEmpty();
        await gateway.Client.CreateAsync(Map("settings-c2", ("color", "green")));

        Text(await stream.WorkAsync("app-c"), "settings-c2", "color").ShouldBe("green");
    }

    [Fact]
    public async Task Works_ResumedAfterDataChanged_SaysWhatChangedAndWhatIsMissing()
    {
        using var agent = await gateway.JoinAsync("data-d");
        await gateway.Client.CreateAsync(Map("same-d", ("color", "blue")));
        var changes = (ConfigMap)await gateway.Client.CreateAsync(Map("changes-d", ("color", "blue")));
        await gateway.Client.CreateAsync(Map("goes-d", ("color", "blue")));
        await gateway.StoreAsync(NewApp("app-d-same", "data-d", map: "same-d"));
        await gateway.StoreAsync(NewApp("app-d-changes", "data-d", map: "changes-d"));
        var since = await gateway.StoreAsync(NewApp("app-d-goes", "data-d", map: "goes-d"));
        await gateway.Client.ReplaceAsync(changes with { Data = new Dictionary<string, string> { ["color"] = "red" } });
        await gateway.Client.DeleteAsync<ConfigMap>("goes-d", "default");
        var end = await gateway.StoreAsync(NewApp("app-d-end", "data-d"));

        await using var stream = new Reader(agent, "data-d", since, (await gateway.Store.ReadIdentityAsync(CancellationToken.None)).ToString());
        await stream.UntilAsync(line => line.Type == WorkEventType.Bookmark && line.Revision >= end);

        stream.Seen.Select(line => line.Work?.Name).OfType<string>().Order().ShouldBe(["app-d-changes", "app-d-end", "app-d-goes"]);
    }

    private static string Text(Work work, string name, string key) =>
        Encoding.UTF8.GetString(Convert.FromBase64String(work.Data.Single(data => data.Name == name).Values[key]));

    private static ConfigMap Map(string name, params (string Key, string Value)[] data) => new()
    {
        Metadata = new ObjectMeta { Name = name, Namespace = "default" },
        Data = data.ToDictionary(pair => pair.Key, pair => pair.Value),
    };

    private static Secret SecretOf(string name, string password) => new()
    {
        Metadata = new ObjectMeta { Name = name, Namespace = "default" },
        Data = new Dictionary<string, string> { ["password"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(password)) },
    };

    private static App NewApp(string name, string cluster, string? map = null, string? secret = null) => new()
    {
        Metadata = new ObjectMeta { Name = name, Namespace = "default", Uid = $"uid-{name}", Generation = 1 },
        Spec = new AppSpec
        {
            Replicas = 1,
            Template = new PodTemplate
            {
                Spec = new PodSpec
                {
                    Containers =
                    [
                        new ContainerSpec
                        {
                            Name = "c",
                            Image = "i:1",
                            EnvFrom = map is null ? [] : [new EnvFromSource { ConfigMapRef = new DataReference { Name = map } }],
                            Env = secret is null ? [] : [new EnvVar { Name = "P", ValueFrom = new EnvVarSource { SecretKeyRef = new KeyReference { Name = secret, Key = "password" } } }],
                        },
                    ],
                },
            },
        },
        Status = new AppStatus { Clusters = [new ClusterShare { Cluster = cluster, Region = "us-east", Replicas = 1, Phase = SharePhase.Active }] },
    };

    private sealed class Reader : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new(Deadline);
        private readonly IAsyncEnumerator<WorkEvent> _events;

        public Reader(AgentClient agent, string cluster, long since = 0, string? store = null) =>
            _events = agent.WorksAsync(cluster, since, store, cancellationToken: _stop.Token).GetAsyncEnumerator(_stop.Token);

        public List<WorkEvent> Seen { get; } = [];

        public async Task<Work> WorkAsync(string name) => (await UntilAsync(line => line.Work?.Name == name)).Work!;

        public async Task<WorkEvent> UntilAsync(Func<WorkEvent, bool> condition)
        {
            do
            {
                (await _events.MoveNextAsync()).ShouldBeTrue();
                Seen.Add(_events.Current);
            }
            while (!condition(_events.Current));
            return _events.Current;
        }

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            try
            {
                await _events.DisposeAsync();
            }
            catch (OperationCanceledException)
            {
                // How a stream without end ends.
            }

            _stop.Dispose();
        }
    }
}
