using System.CommandLine;
using Federation.Cli.Output;
using Federation.Client;
using Spectre.Console;

namespace Federation.Cli.Commands;

/// <summary><c>fed move pet</c>.</summary>
internal static class MoveCommand
{
    private static readonly Argument<string> Pet = new("PET") { Description = "A pet as `fed get pods` names it, such as db-0." };
    private static readonly Option<string?> To = new("--to") { Description = "The cluster that it goes to.", HelpName = "CLUSTER" };
    private static readonly Option<bool> Cancel = new("--cancel") { Description = "Take the move back, as long as the pet has not started there: it goes home." };
    private static readonly Option<bool> Back = new("--back") { Description = "Go on with the volumes that it left there when it moved last, kept until it is ready where it went. What it wrote since is lost." };
    private static readonly Option<bool> Wait = new("--wait") { Description = "Wait until the pet is ready there (or at home again), and say how far it is." };
    private static readonly Option<bool> DryRun = new("--dry-run") { Description = "Only say whether it can." };

    public static Command Create(IAnsiConsole console, TimeProvider time)
    {
        var pet = new Command(
            "pet",
            "Take a pet to another cluster with its volumes: it stops, they are copied and compared, it starts there, and once it is ready the old ones are deleted. Cut at any point, it goes on or goes home.")
        {
            Pet, To, Back, Cancel, Wait, DryRun, PetCommands.Epoch,
        };
        pet.SetAction(async (parsed, cancellationToken) =>
        {
            var name = parsed.GetValue(Pet)!;
            var (set, ordinal) = PetCommands.Parse(name);
            var (to, isCancel) = (parsed.GetValue(To), parsed.GetValue(Cancel));
            if (to is null != isCancel)
                throw new CliException($"Give either --to CLUSTER or --cancel: `fed move pet {name} --to eu-west`.");
            if (isCancel && parsed.GetValue(Back))
                throw new CliException("--back goes with --to CLUSTER, not with --cancel.");
            using var client = GlobalOptions.Connect(parsed);
            await RunAsync(
                client, console, time, new Move(name, set, ordinal, to, parsed.GetValue(Back), parsed.GetValue(PetCommands.Epoch), GlobalOptions.NamespaceOf(parsed), parsed.GetValue(DryRun), parsed.GetValue(Wait)), cancellationToken);
            return 0;
        });
        return new Command("move", "Take something to another cluster.") { pet };
    }

    internal static async Task RunAsync(FederationClient client, IAnsiConsole console, TimeProvider time, Move move, CancellationToken cancellationToken)
    {
        var said = move.To is { } to
            ? await client.MoveAsync(move.Set, move.Ordinal, to, move.Epoch, move.Namespace, move.IsBack, move.IsDryRun, cancellationToken)
            : await client.CancelMoveAsync(move.Set, move.Ordinal, move.Epoch, move.Namespace, move.IsDryRun, cancellationToken);
        var cluster = said.Status.Pets.FirstOrDefault(pet => pet.Ordinal == move.Ordinal)?.Cluster ?? "its cluster";
        var what = move.To is null ? $"{move.Pet} stays in {cluster}" : $"{move.Pet} moves from {cluster} to {move.To}";
        console.WriteLine($"petset/{move.Set}: {what}{(move.IsDryRun ? " (dry run)" : "")}");
        if (move.IsDryRun || !move.IsWaiting)
            return;
        var wait = new MoveWait(client, console, time);
        if (move.To is null)
        {
            await wait.StaysAsync(said, move.Ordinal, cancellationToken);
            console.WriteLine($"{move.Pet} is ready in {cluster}");
            return;
        }

        foreach (var line in MoveView.Receipt(move.Pet, await wait.ArrivedAsync(said, move.Ordinal, move.To, cancellationToken)))
            console.WriteLine(line);
    }

    /// <param name="To">Null: the move is taken back.</param>
    internal sealed record Move(string Pet, string Set, int Ordinal, string? To, bool IsBack, long? Epoch, string? Namespace, bool IsDryRun, bool IsWaiting);
}
