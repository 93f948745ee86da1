using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Federation.Api.Meta;
using Federation.Api.Pets;
using Federation.TestKit.Machines;
using Federation.TestKit.Waiting;

namespace Federation.EndToEnd.Tests.Pets;

/// <summary>A stateful system that knows nothing of the federation: Debian's etcd, three members over three regions, as samples/etcd has it.</summary>
public sealed class EtcdScenarios : IAsyncLifetime
{
    private const int ClientPort = 2379;

    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(3) };
    private readonly ConcurrentDictionary<string, string> _problems = new();
    private readonly SampleSet _set = new("etcd", "etcd");
    private Machine? _last;

    public Task InitializeAsync() => _set.UpAsync();

    public async Task DisposeAsync()
    {
        _http.Dispose();
        await _set.DisposeAsync();
    }

    [Fact]
    public async Task RegionLost_WritesGoOn_AndItsMemberReturnsWithItsData()
    {
        var before = await _set.ApplyAsync(3);
        await using var load = new WriteLoad(TryPutAsync);
        load.Start();
        await load.MoreAsync("at first", _set.World.Logs);

        var lost = _set.World.Machines[0];
        var theirs = before.Status.Pets.Single(pet => pet.Cluster == _set.World.ClusterOf(lost));
        await lost.LoseAsync();
        await load.MoreAsync("without a region", _set.World.Logs);
        await _set.UntilAsync(set => set.Status.Pets.Single(pet => pet.Ordinal == theirs.Ordinal).Phase == PetPhase.Unknown, "its member is not heard");
        await load.MoreAsync("without its member", _set.World.Logs);

        await lost.PlugInAsync();
        await _set.World.StartAgentAsync(lost);
        await _set.World.ClusterReadyAsync(lost, ConditionStatus.True);
        var after = await _set.ReadyAsync(3);
        after.Status.Pets.Single(pet => pet.Ordinal == theirs.Ordinal).Cluster.ShouldBe(theirs.Cluster, "its data is there");
        await load.MoreAsync("after the return", _set.World.Logs);
        var written = await load.StopAsync();

        // Every acknowledged write is known to the member that was away, from its own disk.
        written.Count.ShouldBeGreaterThan(100);
        await Eventually.TrueAsync(async () => await CountAsync(lost) >= written.Count, "the member that was away has caught up", SampleSet.Patience);
    }

    private async Task<string?> TryPutAsync(int number)
    {
        // Whoever took the last write is asked first, as clients do.
        foreach (var machine in _set.World.Machines.OrderByDescending(machine => machine == _last))
        {
            try
            {
                var key = string.Create(CultureInfo.InvariantCulture, $"key/{number:000000}");
                using var answer = await _http.PostAsJsonAsync($"http://{machine.Address}:{ClientPort}/v3/kv/put", new { key = Base64(key), value = Base64("written") });
                if (answer.IsSuccessStatusCode)
                {
                    _last = machine;
                    return null;
                }

                _problems[machine.Name] = $"{machine.Name}: {answer.StatusCode} {await answer.Content.ReadAsStringAsync()}";
            }
            catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException)
            {
                // This one is away.
                _problems[machine.Name] = $"{machine.Name}: {exception.Message}";
            }
        }

        return string.Join("; ", _problems.Values);
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
