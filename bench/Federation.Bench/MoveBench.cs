using System.Diagnostics;
using System.Globalization;
using Federation.Api.Pets;
using Federation.Client;
using Federation.TestKit.Machines;
using Federation.TestKit.Processes;
using Federation.TestKit.Waiting;

namespace Federation.Bench;

/// <summary>Moves a pet with a volume between two regions, each a machine with an engine of its own, and times it against <c>tar | tar</c> of the same data between two directories, in turn.</summary>
internal static class MoveBench
{
    private const int Large = 7;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    public static async Task RunAsync(int megabytes, int rounds)
    {
        await using var world = await MachineFederation.UpAsync(regions: 2);
        await world.ControlPlane.ApplyAsync(Manifest);
        var pet = await ReadyAsync(world, epoch: 1);
        await FillAsync(MachineOf(world, pet).VolumePath(VolumeOf(pet)), megabytes);
        Figures tar = new("tar | tar"), durable = new("tar | tar, then sync"), copy = new("the copy: all there, read back, compared, durable"), whole = new("the whole move: asked for until ready"), stopped = new("... of this: asked for until it has stopped");
        var processor = new List<double[]>();
        for (var round = 0; round < rounds; round++)
        {
            var (from, to) = (MachineOf(world, pet), world.Machines.First(machine => machine != MachineOf(world, pet)));
            var directory = from.VolumePath(VolumeOf(pet));
            await TarAsync(directory, tar, sync: false);
            await TarAsync(directory, durable, sync: true);
            var before = ProcessorOf(world, from, to);
            var set = await world.ControlPlane.Client.MoveAsync("db", 0, world.ClusterOf(to), pet.Epoch, "default");
            pet = await ReadyAsync(world, pet.Epoch + 1);
            set = await Eventually.ReadAsync(() => SetAsync(world), set => set.Status.Leftovers.Count == 0 && Receipt(set, pet).ReadyAt is not null, "what is left over is gone", Patience);
            var receipt = Receipt(set, pet);
            stopped.Add(receipt.FreedAt!.Value - receipt.AskedAt!.Value);
            copy.Add(receipt.BoundAt!.Value - receipt.FreedAt!.Value);
            processor.Add([.. ProcessorOf(world, from, to).Zip(before, (now, then) => now - then)]);
            whole.Add(receipt.ReadyAt!.Value - receipt.AskedAt!.Value);
        }

        Figures.PrintHeader();
        foreach (var figures in (Figures[])[tar, durable, copy, whole, stopped])
            figures.Print();
        Console.WriteLine($"\nprocessor seconds of one move: {string.Join(", ", Parts.Select((part, i) => $"{part} {processor.Average(round => round[i]):0.0}"))}");
        Console.WriteLine($"the copy takes {copy.At(0.5) / tar.At(0.5):0.0} times tar | tar, {copy.At(0.5) / durable.At(0.5):0.0} times with sync");
    }

    private static readonly string[] Parts = ["control plane", "source's agent", "target's agent", "source's engine", "target's engine"];

    /// <summary>What each part has used so far, with its children that have ended.</summary>
    private static double[] ProcessorOf(MachineFederation world, Machine from, Machine to) =>
        [.. new[] { world.ControlPlane.Process.Id, from.Agent!.Id, to.Agent!.Id, EngineOf(from), EngineOf(to) }.Select(SecondsOf)];

    private static int EngineOf(Machine machine) => int.Parse(File.ReadAllText(Path.Combine(machine.Engine.Directory, "docker.pid")), CultureInfo.InvariantCulture);

    private static double SecondsOf(int process)
    {
        const double ticksPerSecond = 100;
        var stat = File.ReadAllText($"/proc/{process}/stat");
        // Behind the name, which may have anything in it: state is the third field, utime the 14th.
        return stat[(stat.LastIndexOf(')') + 2)..].Split(' ').Skip(11).Take(4).Sum(ticks => double.Parse(ticks, CultureInfo.InvariantCulture)) / ticksPerSecond;
    }

    private static PetTakeover Receipt(PetSet set, PetStatus pet) => set.Status.Takeovers.Last(receipt => receipt.Ordinal == pet.Ordinal && receipt.Epoch == pet.Epoch);

    private static Task<PetSet> SetAsync(MachineFederation world) => world.ControlPlane.Client.GetAsync<PetSet>("db", "default");

    private static async Task<PetStatus> ReadyAsync(MachineFederation world, long epoch)
    {
        var set = await Eventually.ReadAsync(() => SetAsync(world), set => set.Status.Pets is [{ Phase: PetPhase.Ready, Release: null } pet] && pet.Epoch == epoch, $"the pet is ready with epoch {epoch}\n{world.Logs()}", Patience);
        return set.Status.Pets[0];
    }

    private static Machine MachineOf(MachineFederation world, PetStatus pet) => world.Machines.Single(machine => world.ClusterOf(machine) == pet.Cluster);

    private static string VolumeOf(PetStatus pet) => $"federation_{pet.Cluster}_default_db_data_0";

    /// <summary>Seven eighths in large files, the rest in files of 16 KiB, a hundred to a directory. Nothing that a compressor would find.</summary>
    private static async Task FillAsync(string directory, int megabytes)
    {
        var random = new Random(1);
        var large = new byte[megabytes / 8 * 1024 * 1024];
        for (var i = 0; i < Large; i++)
        {
            random.NextBytes(large);
            await File.WriteAllBytesAsync(Path.Combine(directory, $"large-{i}"), large);
        }

        var small = new byte[16 * 1024];
        for (var i = 0; i < large.Length / small.Length; i++)
        {
            random.NextBytes(small);
            await File.WriteAllBytesAsync(Path.Combine(Directory.CreateDirectory(Path.Combine(directory, $"small-{i / 100}")).FullName, $"{i}"), small);
        }
    }

    private static async Task TarAsync(string directory, Figures figures, bool sync)
    {
        // On the same disk.
        var other = Directory.CreateDirectory(directory + "-tar").FullName;
        var watch = Stopwatch.StartNew();
        var copied = await Command.RunAsync("sh", ["-c", $"tar -C '{directory}' -cf - . | tar -C '{other}' -xf - {(sync ? $"&& sync -f '{other}'" : "")}"], deadline: Patience);
        figures.Add(watch.Elapsed);
        if (copied.ExitCode != 0)
            throw new InvalidOperationException($"tar: {copied}");
        Directory.Delete(other, recursive: true);
    }

    private const string Manifest = """
        apiVersion: federation/v1
        kind: PetSet
        metadata: { name: db, namespace: default }
        spec:
          replicas: 1
          template:
            spec:
              terminationGracePeriodSeconds: 1
              containers:
              - name: db
                image: federation/web:1
                volumeMounts: [{ name: data, mountPath: /data }]
                command: [/bin/sh, -c, "trap 'exit 0' TERM; while :; do sleep 1 & wait; done"]
          volumeClaims: [{ name: data, size: 2Gi }]
        """;
}
