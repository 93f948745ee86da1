using Federation.Api.Pets;
using Federation.Api.Snapshots;
using Federation.TestKit.Machines;
using Federation.TestKit.Pets;
using Federation.TestKit.Processes;
using Federation.TestKit.Waiting;

namespace Federation.EndToEnd.Tests.Pets;

/// <summary>
/// A snapshot of a pet that writes all the time, taken while it holds still and carried to another region over a slow link, while the agents at both ends are killed. What is stored is what a power cut
/// would have left; a new set begins with it; and with the object its files go.
/// </summary>
public sealed class SnapshotScenarios : IAsyncLifetime
{
    /// <summary>The data takes about ten seconds.</summary>
    private const string SlowLink = "32mbit";
    private const long Step = 3_000_000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    /// <summary>What is in <c>z</c> was in <c>a</c> before, and no more than one line came to <c>a</c> since. Whoever reads <c>a</c> first and <c>z</c> last while the pet writes sees more.</summary>
    private const string Writer = "( i=0; while :; do i=$((i+1)); echo $i >>/data/a; echo $i >/data/z.new; mv /data/z.new /data/z; usleep 3000; done ) &";

    private MachineFederation _world = null!;
    private PetWitness _witness = null!;

    public async Task InitializeAsync()
    {
        _world = await MachineFederation.UpAsync(regions: 2);
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
    public async Task Snapshot_OfAPetThatWrites_IsOfOneMomentAndASetBeginsWithIt()
    {
        await _world.ControlPlane.ApplyAsync(SetOf("db", $"rm -f /data/a /data/z\n{Writer}\n{_witness.Script}"));
        var pet = await ReadyAsync("db");
        var source = MachineOf(pet);
        var target = _world.Machines.Single(machine => machine != source);
        var large = await RunAsync(source, "db", "mkdir /data/m && for i in 0 1 2 3 4 5 6 7 8 9; do dd if=/dev/urandom of=/data/m/$i bs=1M count=4 2>/dev/null; done; cd /data/m && md5sum * | md5sum");
        await source.SetRateAsync(SlowLink);

        await _world.ControlPlane.ApplyAsync($$"""
            apiVersion: federation/v1
            kind: PetSnapshot
            metadata: { name: before, namespace: default }
            spec: { petSet: db, to: {{_world.ClusterOf(target)}} }
            """);
        await ArrivesAsync(target, Step);
        await target.Agent!.KillAsync();
        await _world.StartAgentAsync(target);
        await ArrivesAsync(target, Arrived(target) + Step);
        await source.Agent!.KillAsync();
        await _world.StartAgentAsync(source);
        await ArrivesAsync(target, Arrived(target) + Step);
        await source.SetRateAsync(null);

        var item = await StoredAsync();
        (item.Cluster, item.TakenIn, item.Epoch).ShouldBe((_world.ClusterOf(target), _world.ClusterOf(source), pet.Epoch));
        var copy = await UnpackAsync(target);
        var last = ShouldBeOfOneMoment(await File.ReadAllLinesAsync(Path.Combine(copy, "a")), await File.ReadAllTextAsync(Path.Combine(copy, "z")));
        await Eventually.TrueAsync(async () => !(await source.DockerAsync("volume", "ls", "-q")).Output.Contains("_snapshot_", StringComparison.Ordinal), "what was taken is deleted once it is stored", Patience, _world.Logs);
        await ReadyAsync("db");
        long.Parse(await RunAsync(source, "db", "cat /data/z"), System.Globalization.CultureInfo.InvariantCulture).ShouldBeGreaterThan(0);

        await _world.ControlPlane.ApplyAsync(SetOf("again", "trap 'exit 0' TERM; while :; do usleep 100000; done", from: "before"));
        var again = MachineOf(await ReadyAsync("again"));
        (await RunAsync(again, "again", "cd /data/m && md5sum * | md5sum")).ShouldBe(large);
        ShouldBeOfOneMoment((await RunAsync(again, "again", "cat /data/a")).Split('\n'), await RunAsync(again, "again", "cat /data/z")).ShouldBe(last);

        await _world.ControlPlane.Client.DeleteAsync<PetSnapshot>("before", "default");
        await Eventually.TrueAsync(() => !Directory.EnumerateFileSystemEntries(target.Snapshots).Any(), "its files go with it", Patience, _world.Logs);
        await Eventually.TrueAsync(async () => await _world.ControlPlane.Client.FindAsync<PetSnapshot>("before", "default") is null, "and it is gone", Patience, _world.Logs);
        PetLife.Doubles(_witness.Lives).ShouldBeEmpty(_world.Logs());
    }

    /// <returns>How far the pet had come.</returns>
    private static long ShouldBeOfOneMoment(string[] lines, string last)
    {
        lines.Select((line, index) => line == $"{index + 1}").ShouldAllBe(isInOrder => isInOrder);
        var written = long.Parse(last, System.Globalization.CultureInfo.InvariantCulture);
        written.ShouldBeInRange(Math.Max(1, lines.Length - 1), lines.Length);
        return lines.Length;
    }

    private static string SetOf(string name, string script, string? from = null) => $$"""
        apiVersion: federation/v1
        kind: PetSet
        metadata: { name: {{name}}, namespace: default }
        spec:
          replicas: 1
          template:
            spec:
              terminationGracePeriodSeconds: 2
              containers:
              - name: main
                image: federation/web:1
                securityContext: { runAsUser: 0 }
                resources: { requests: { cpu: 10m, memory: 8Mi }, limits: { memory: 64Mi } }
                volumeMounts: [{ name: data, mountPath: /data }]
                command:
                - /bin/sh
                - -c
                - |
        {{string.Join('\n', script.Split('\n').Select(line => $"          {line}"))}}
          volumeClaims: [{ name: data, size: 1Gi{{(from is null ? "" : $", from: {{ snapshot: {from} }}")}} }]
        """;

    private async Task<PetStatus> ReadyAsync(string set)
    {
        var ready = await Eventually.ReadAsync(
            () => _world.ControlPlane.Client.GetAsync<PetSet>(set, "default"), now => now.Status.Pets is [{ Phase: PetPhase.Ready, Release: null }], $"{set} is ready\n{_world.Logs()}", Patience);
        return ready.Status.Pets[0];
    }

    private async Task<PetSnapshotItem> StoredAsync()
    {
        var stored = await Eventually.ReadAsync(
            () => _world.ControlPlane.Client.GetAsync<PetSnapshot>("before", "default"), now => now.Status.Items is [{ Phase: PetSnapshotPhase.Complete }], $"it is stored\n{_world.Logs()}", Patience);
        return stored.Status.Items[0];
    }

    private Machine MachineOf(PetStatus pet) => _world.Machines.Single(machine => _world.ClusterOf(machine) == pet.Cluster);

    private static async Task<string> RunAsync(Machine machine, string set, string script)
    {
        var container = (await machine.DockerAsync("ps", "-q", "--filter", $"label=federation.name={set}", "--filter", "label=federation.ordinal")).Output.Trim();
        var ran = await machine.DockerAsync("exec", "-u", "0", container, "sh", "-c", script);
        ran.ExitCode.ShouldBe(0, ran.ToString());
        return ran.Output.Trim();
    }

    /// <summary>As somebody does who has nothing of us.</summary>
    private static async Task<string> UnpackAsync(Machine machine)
    {
        var tar = Directory.GetFiles(machine.Snapshots, "data.tar", SearchOption.AllDirectories).ShouldHaveSingleItem();
        var to = Directory.CreateDirectory(Path.Combine(machine.Engine.Directory, "unpacked")).FullName;
        var unpacked = await Command.RunAsync("tar", ["-x", "--strip-components=1", "-f", tar, "-C", to]);
        unpacked.ExitCode.ShouldBe(0, unpacked.ToString());
        return to;
    }

    private Task ArrivesAsync(Machine machine, long bytes) => Eventually.TrueAsync(() => Arrived(machine) >= bytes, $"{bytes} bytes have come to {machine.Name}", Patience, () => $"{Arrived(machine)} have. {_world.Logs()}");

    private static long Arrived(Machine machine)
    {
        var path = new DirectoryInfo(machine.Snapshots);
        try
        {
            return path.Exists ? path.EnumerateFiles("*.tar", SearchOption.AllDirectories).Sum(file => file.Exists ? file.Length : 0) : 0;
        }
        catch (IOException)
        {
            // Files come and go while they are counted.
            return 0;
        }
    }
}
