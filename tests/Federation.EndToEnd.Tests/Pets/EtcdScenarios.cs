using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Federation.Api.Meta;
using Federation.Api.Pets;
using Federation.TestKit.Local;
using Federation.TestKit.Machines;
using Federation.TestKit.Processes;
using Federation.TestKit.Waiting;

namespace Federation.EndToEnd.Tests.Pets;

/// <summary>A stateful system that knows nothing of the federation: Debian's etcd, three members over three regions, as samples/etcd has it.</summary>
public sealed class EtcdScenarios : IAsyncLifetime
{
    private const int ClientPort = 2379;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);
    private static readonly string Sample = Path.Combine(Programs.Root, "samples", "etcd");

    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(3) };
    private readonly ConcurrentDictionary<string, string> _problems = new();
    private MachineFederation _world = null!;
    private Machine? _last;

    public async Task InitializeAsync()
    {
        _world = await MachineFederation.UpAsync();
        foreach (var machine in _world.Machines)
        {
            var built = await Command.RunAsync(Path.Combine(Sample, "build"), [], environment: new Dictionary<string, string> { ["DOCKER_HOST"] = machine.Engine.Host });
            built.ExitCode.ShouldBe(0, built.ToString());
        }
    }

    public async Task DisposeAsync()
    {
        _http.Dispose();
        if (_world is not null)
            await _world.DisposeAsync();
    }

    [Fact]
    public async Task RegionLost_WritesGoOn_AndItsMemberReturnsWithItsData()
    {
        await _world.ControlPlane.ApplyAsync(await File.ReadAllTextAsync(Path.Combine(Sample, "etcd.yaml")));
        var before = await ReadyAsync(3);
        before.Status.Pets.Select(pet => pet.Region).Distinct().Count().ShouldBe(3);

        using var stop = new CancellationTokenSource();
        var written = new ConcurrentQueue<int>();
        var writing = WriteAsync(written, stop.Token);
        await MoreAsync(written);

        var lost = _world.Machines[0];
        var theirs = before.Status.Pets.Single(pet => pet.Cluster == _world.ClusterOf(lost));
        await lost.LoseAsync();
        await MoreAsync(written);
        await Eventually.ReadAsync(
            SetAsync, set => set.Status.Pets.Single(pet => pet.Ordinal == theirs.Ordinal).Phase == PetPhase.Unknown, "its member is not heard", Patience);
        await MoreAsync(written);

        await lost.PlugInAsync();
        await _world.StartAgentAsync(lost);
        await _world.ClusterReadyAsync(lost, ConditionStatus.True);
        var after = await ReadyAsync(3);
        after.Status.Pets.Single(pet => pet.Ordinal == theirs.Ordinal).Cluster.ShouldBe(theirs.Cluster, "its data is there");
        await MoreAsync(written);
        await stop.CancelAsync();
        await writing;

        // Every acknowledged write is known to the member that was away, from its own disk.
        written.Count.ShouldBeGreaterThan(100);
        await Eventually.TrueAsync(async () => await CountAsync(lost) >= written.Count, "the member that was away has caught up", Patience);
    }

    private Task<PetSet> SetAsync() => _world.ControlPlane.Client.GetAsync<PetSet>("etcd", "default");

    private Task<PetSet> ReadyAsync(int members) => Eventually.ReadAsync(
        SetAsync, set => set.Status.Pets.Count == members && set.Status.Pets.All(pet => pet is { Phase: PetPhase.Ready, Release: null }), $"{members} members are ready\n{_world.Logs()}", Patience);

    private Task MoreAsync(ConcurrentQueue<int> written)
    {
        var goal = written.Count + 30;
        return Eventually.TrueAsync(() => written.Count >= goal, "writes go on", Patience, () => $"{written.Count} written; {string.Join("; ", _problems.Values)}");
    }

    /// <summary>Writes one key after the other, each until some region has taken it.</summary>
    private async Task WriteAsync(ConcurrentQueue<int> written, CancellationToken stop)
    {
        for (var number = 0; !stop.IsCancellationRequested; number++)
        {
            while (!stop.IsCancellationRequested && !await TryPutAsync(number))
            {
                // Another region is asked.
            }

            if (!stop.IsCancellationRequested)
                written.Enqueue(number);
        }
    }

    private async Task<bool> TryPutAsync(int number)
    {
        // Whoever took the last write is asked first, as clients do.
        foreach (var machine in _world.Machines.OrderByDescending(machine => machine == _last))
        {
            try
            {
                var key = string.Create(CultureInfo.InvariantCulture, $"key/{number:000000}");
                using var answer = await _http.PostAsJsonAsync($"http://{machine.Address}:{ClientPort}/v3/kv/put", new { key = Base64(key), value = Base64("written") });
                if (answer.IsSuccessStatusCode)
                {
                    _last = machine;
                    return true;
                }

                _problems[machine.Name] = $"{machine.Name}: {answer.StatusCode} {await answer.Content.ReadAsStringAsync()}";
            }
            catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException)
            {
                // This one is away.
                _problems[machine.Name] = $"{machine.Name}: {exception.Message}";
            }
        }

        return false;
    }

    /// <summary>How many keys a region's member has on its own disk; 0 while it does not answer.</summary>
    private async Task<int> CountAsync(Machine machine)
    {
        try
        {
            var question = new { key = Base64("key/"), range_end = Base64("key0"), count_only = true, serializable = true };
            using var answer = await _http.PostAsJsonAsync($"http://{machine.Address}:{ClientPort}/v3/kv/range", question);
            using var json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
            return json.RootElement.TryGetProperty("count", out var count) ? int.Parse(count.GetString()!, CultureInfo.InvariantCulture) : 0;
        }
        catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException)
        {
            return 0;
        }
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
