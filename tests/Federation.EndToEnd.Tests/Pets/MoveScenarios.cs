using Federation.Api.Pets;
using Federation.Client;
using Federation.TestKit.Machines;
using Federation.TestKit.Pets;
using Federation.TestKit.Waiting;

namespace Federation.EndToEnd.Tests.Pets;

/// <summary>A pet with data goes from region to region over a slow link, and everything that takes part is killed while bytes flow. Its data is the same afterwards, and it was never alive twice.</summary>
public sealed class MoveScenarios : IAsyncLifetime
{
    /// <summary>The data takes about ten seconds.</summary>
    private const string SlowLink = "32mbit";
    private const long Step = 3_000_000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private MachineFederation _world = null!;
    private PetWitness _witness = null!;

    public async Task InitializeAsync()
    {
        _world = await MachineFederation.UpAsync();
        _witness = new PetWitness(_world.WitnessAddress);
    }

    public async Task DisposeAsync()
    {
        if (_witness is not null)
            await _witness.DisposeAsync();
        if (_world is not null)
            await _world.DisposeAsync();
    }

    [Fact]
    public async Task Move_EveryoneIsKilledWhileBytesFlow_ThePetArrivesWithItsDataAndNothingIsLeftBehind()
    {
        await _world.ControlPlane.ApplyAsync(Manifest());
        var before = await ReadyAsync(epoch: 1);
        var (source, target, third) = (MachineOf(before), _world.Machines.First(machine => machine != MachineOf(before)), _world.Machines.Last(machine => machine != MachineOf(before)));
        var data = await FillAsync(source);
        await source.SetRateAsync(SlowLink);

        await _world.ControlPlane.Client.MoveAsync("db", 0, _world.ClusterOf(target), before.Epoch, "default");
        await ArrivesAsync(target, Step);
        await target.Agent!.KillAsync();
        await _world.StartAgentAsync(target);
        await ArrivesAsync(target, Arrived(target) + Step);
        await source.Agent!.KillAsync();
        await _world.StartAgentAsync(source);
        await ArrivesAsync(target, Arrived(target) + Step);
        await _world.ControlPlane.Process.KillAsync();
        await _world.ControlPlane.StartAsync();
        await ArrivesAsync(target, Arrived(target) + Step);
        (await source.ContainersAsync()).ShouldBeEmpty("nobody runs it while its data travels");
        await source.SetRateAsync(null);

        var after = await ReadyAsync(epoch: 2);
        after.Cluster.ShouldBe(_world.ClusterOf(target));
        (await ChecksumAsync(target)).ShouldBe(data);
        await Eventually.TrueAsync(async () => (await source.VolumesAsync()).Count == 0, "what it left is deleted", Patience, _world.Logs);
        (await target.VolumesAsync()).ShouldBe([VolumeOf(target)], "no mark and nothing else is left");

        // And what is taken back in the middle leaves the pet where its data is.
        await target.SetRateAsync(SlowLink);
        await _world.ControlPlane.Client.MoveAsync("db", 0, _world.ClusterOf(third), after.Epoch, "default");
        await ArrivesAsync(third, Step);
        await _world.ControlPlane.Client.CancelMoveAsync("db", 0, @namespace: "default");
        await target.SetRateAsync(null);
        (await ReadyAsync(epoch: 3)).Cluster.ShouldBe(_world.ClusterOf(target));
        (await ChecksumAsync(target)).ShouldBe(data);
        await Eventually.TrueAsync(async () => (await third.VolumesAsync()).Count == 0, "what came is deleted", Patience, _world.Logs);
        await Eventually.ReadAsync(SetAsync, set => set.Status.Leftovers.Count == 0, "and that is known", Patience);
        PetLife.Doubles(_witness.Lives).ShouldBeEmpty(_world.Logs());
        _witness.Lives.Select(life => life.Epoch).Distinct().Order().ShouldBe([1, 2, 3]);
    }

    private string Manifest() => $$"""
        apiVersion: federation/v1
        kind: PetSet
        metadata: { name: db, namespace: default }
        spec:
          replicas: 1
          template:
            spec:
              terminationGracePeriodSeconds: 2
              containers:
              - name: db
                image: federation/web:1
                resources: { requests: { cpu: 10m, memory: 8Mi }, limits: { memory: 64Mi } }
                volumeMounts: [{ name: data, mountPath: /data }]
                command:
                - /bin/sh
                - -c
                - |
        {{string.Join('\n', _witness.Script.Split('\n').Select(line => $"          {line}"))}}
          volumeClaims: [{ name: data, size: 1Gi }]
          placement: { failover: { after: 2m } }
        """;

    private Task<PetSet> SetAsync() => _world.ControlPlane.Client.GetAsync<PetSet>("db", "default");

    private async Task<PetStatus> ReadyAsync(long epoch)
    {
        var set = await Eventually.ReadAsync(
            SetAsync, set => set.Status.Pets is [{ Phase: PetPhase.Ready, Release: null } pet] && pet.Epoch == epoch, $"it is ready with epoch {epoch}\n{_world.Logs()}", Patience);
        return set.Status.Pets[0];
    }

    private Machine MachineOf(PetStatus pet) => _world.Machines.Single(machine => _world.ClusterOf(machine) == pet.Cluster);

    private string VolumeOf(Machine machine) => $"federation_{_world.ClusterOf(machine)}_default_db_data_0";

    /// <summary>Large files and many small ones, with links, owners and times.</summary>
    private static async Task<string> FillAsync(Machine machine)
    {
        const string script = """
            set -e; cd /data; mkdir -p large small/deep
            for i in 0 1 2 3 4 5 6 7 8 9; do dd if=/dev/urandom of=large/$i bs=1M count=4 2>/dev/null; done
            for i in $(seq 400); do echo "$i" >small/$i; done
            ln -s ../small/1 large/soft; ln small/2 small/deep/hard; touch -d '2020-01-02 03:04:05' small/3; chown 70:71 small/4 small; chmod 4711 small/5; chmod 700 .
            """;
        var filled = await machine.DockerAsync("exec", "-u", "0", (await machine.ContainersAsync()).Single(), "sh", "-c", script);
        filled.ExitCode.ShouldBe(0, filled.ToString());
        return await ChecksumAsync(machine);
    }

    private static async Task<string> ChecksumAsync(Machine machine)
    {
        const string script = "cd /data && { find . -type f | sort | xargs md5sum; find . | sort | xargs stat -c '%n %F %a %u %g %Y %h'; readlink large/soft; } | md5sum";
        var summed = await machine.DockerAsync("exec", "-u", "0", (await machine.ContainersAsync()).Single(), "sh", "-c", script);
        summed.ExitCode.ShouldBe(0, summed.ToString());
        return summed.Output;
    }

    private Task ArrivesAsync(Machine machine, long bytes) => Eventually.TrueAsync(
        async () =>
        {
            if (Arrived(machine) >= bytes)
                return true;
            (await SetAsync()).Status.Pets[0].Phase.ShouldBeOneOf(PetPhase.Ready, PetPhase.Releasing, PetPhase.Moving);
            return false;
        },
        $"{bytes} bytes have come to {machine.Name}", Patience, () => $"{Arrived(machine)} have. {_world.Logs()}");

    private long Arrived(Machine machine)
    {
        var path = new DirectoryInfo(machine.VolumePath(VolumeOf(machine)));
        try
        {
            return path.Exists ? path.EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Exists ? file.Length : 0) : 0;
        }
        catch (IOException)
        {
            // Files come and go while they are counted.
            return 0;
        }
    }
}
