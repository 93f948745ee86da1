using System.CommandLine;
using System.Globalization;
using Federation.Api.Meta;
using Federation.Api.Snapshots;
using Federation.Cli.Output;
using Federation.Client;
using Spectre.Console;

namespace Federation.Cli.Commands;

/// <summary><c>fed snapshot</c>.</summary>
internal static class SnapshotCommands
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(500);

    private static readonly Argument<string[]> Pets = new("PET") { Description = "Pets of one PetSet as `fed get pods` names them, such as db-0.", Arity = ArgumentArity.OneOrMore };
    private static readonly Option<string?> To = new("--to") { Description = "The cluster that stores the copies. [default: the pet's own]", HelpName = "CLUSTER" };
    private static readonly Option<bool> Live = new("--live") { Description = "Do not freeze the pet meanwhile: files as they were at different moments." };
    private static readonly Option<int?> PauseSeconds = new("--pause-seconds") { Description = "How long the pet may be frozen; a copy that takes longer fails. [default: 30]", HelpName = "SECONDS" };
    private static readonly Option<string?> Name = new("--name") { Description = "The PetSnapshot's name. [default: the pet's and the time]", HelpName = "NAME" };
    private static readonly Option<bool> Wait = new("--wait") { Description = "Wait until the copies are stored, and say how far they are." };
    private static readonly Option<string?> Set = new("--set") { Description = "Only of this PetSet.", HelpName = "NAME" };

    public static Command Create(IAnsiConsole console, TimeProvider time) => new("snapshot", "Copies of pets' volumes as they were at one moment. Schedules are PetSnapshots with spec.schedule: fed apply.")
    {
        OfPets(console, time),
        List(console, time),
    };

    private static Command OfPets(IAnsiConsole console, TimeProvider time)
    {
        var command = new Command("pet", "Copy the volumes of pets, now, into a directory for snapshots of their own cluster or another one. `fed delete petsnapshot NAME` deletes the copies.")
        {
            Pets, To, Live, PauseSeconds, Name, Wait,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var snapshot = Make(
                parsed.GetValue(Pets)!, GlobalOptions.NamespaceOf(parsed), parsed.GetValue(To), parsed.GetValue(Live), parsed.GetValue(PauseSeconds), parsed.GetValue(Name), time.GetUtcNow());
            using var client = GlobalOptions.Connect(parsed);
            await RunAsync(client, console, time, snapshot, parsed.GetValue(Wait), cancellationToken);
            return 0;
        });
        return command;
    }

    private static Command List(IAnsiConsole console, TimeProvider time)
    {
        var command = new Command("list", "Every copy there is, and those that are being made.") { Set, GlobalOptions.AllNamespaces };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = GlobalOptions.Connect(parsed);
            await ListAsync(client, console, GlobalOptions.NamespaceOf(parsed), parsed.GetValue(Set), time.GetUtcNow(), cancellationToken);
            return 0;
        });
        return command;
    }

    /// <exception cref="CliException">The pets are none, or not of one set.</exception>
    internal static PetSnapshot Make(IReadOnlyList<string> pets, string? @namespace, string? to, bool isLive, int? pauseSeconds, string? name, DateTimeOffset now)
    {
        var parsed = pets.Select(PetCommands.Parse).ToList();
        var sets = parsed.Select(pet => pet.Set).Distinct().ToList();
        if (sets.Count > 1)
            throw new CliException($"{string.Join(" and ", pets)} are pets of {sets.Count} sets: one PetSnapshot is of one.");
        return new PetSnapshot
        {
            Metadata = new ObjectMeta { Namespace = @namespace, Name = name ?? string.Create(CultureInfo.InvariantCulture, $"{(pets.Count == 1 ? pets[0] : sets[0])}-{now.UtcDateTime:yyyyMMdd-HHmmss}") },
            Spec = new PetSnapshotSpec
            {
                PetSet = sets[0],
                Ordinals = [.. parsed.Select(pet => pet.Ordinal).Distinct().Order()],
                To = to,
                Consistency = isLive ? PetSnapshotConsistency.Live : null,
                PauseSeconds = pauseSeconds,
            },
        };
    }

    /// <exception cref="CliException">Some copy failed.</exception>
    internal static async Task RunAsync(FederationClient client, IAnsiConsole console, TimeProvider time, PetSnapshot snapshot, bool isWaiting, CancellationToken cancellationToken)
    {
        snapshot = await client.CreateAsync(snapshot, cancellationToken);
        var name = snapshot.Metadata.Name;
        console.WriteLine($"petsnapshot/{name}: {string.Join(", ", snapshot.Spec.Ordinals.Select(ordinal => $"{snapshot.Spec.PetSet}-{ordinal}"))} {(snapshot.Spec.Ordinals.Count == 1 ? "is" : "are")} to be taken");
        if (!isWaiting)
            return;
        string? said = null;
        while (!snapshot.Status.Conditions.IsTrue(PetSnapshotConditions.Complete))
        {
            if (snapshot.Status.Conditions.Find(PetSnapshotConditions.Failed) is { Status: ConditionStatus.True } failed)
                throw new CliException($"petsnapshot/{name}: {failed.Message}");
            if (SnapshotView.Progress(snapshot) is { } line && line != said)
                console.WriteLine(said = line);
            await Task.Delay(LookEvery, time, cancellationToken);
            snapshot = await client.GetAsync<PetSnapshot>(name, snapshot.Metadata.Namespace, cancellationToken);
        }

        foreach (var item in snapshot.Status.Items)
            console.WriteLine(SnapshotView.Receipt(item));
    }

    internal static async Task ListAsync(FederationClient client, IAnsiConsole console, string? @namespace, string? set, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var snapshots = await client.ListAsync<PetSnapshot>(new ListQuery { Namespace = @namespace }, cancellationToken);
        console.Write(SnapshotView.Table([.. snapshots.Items.Where(snapshot => set is null || snapshot.Spec.PetSet == set)], now));
    }
}
