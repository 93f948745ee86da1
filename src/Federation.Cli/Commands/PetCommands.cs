using System.CommandLine;
using System.Globalization;
using Federation.Api.Pets;
using Federation.Client;
using Spectre.Console;

namespace Federation.Cli.Commands;

/// <summary><c>fed fence</c> and <c>fed release</c>.</summary>
internal static class PetCommands
{
    private static readonly Argument<string> Pet = new("PET") { Description = "A pet as `fed get pods` names it, such as db-0." };

    internal static readonly Option<long?> Epoch = new("--epoch")
    {
        Description = "Only if the pet still has this epoch, as `fed get petset NAME -o yaml` shows it. [default: whichever it has]",
        HelpName = "N",
    };

    public static Command Fence(IAnsiConsole console) => Say(
        "fence",
        "Vouch for it that a pet is dead: it does not run in its cluster, and will not. It starts elsewhere, where it need not wait for its volumes. If it runs all the same, it runs twice.",
        console,
        PetOperations.FenceAsync,
        static (pet, cluster) => $"{pet} counts as dead in {cluster}");

    public static Command Release(IAnsiConsole console) => Say(
        "release",
        "Let a pet leave its cluster, and its volumes there: it stops, and starts elsewhere with empty ones.",
        console,
        PetOperations.ReleaseAsync,
        static (pet, cluster) => $"{pet} leaves {cluster}");

    /// <exception cref="CliException">It is no pet's name.</exception>
    internal static (string Set, int Ordinal) Parse(string name) =>
        PetOperations.Parse(name) ?? throw new CliException($"'{name}' is no pet: give a name such as db-0, which is pet 0 of the PetSet db.");

    private static Command Say(string verb, string description, IAnsiConsole console, Saying say, Func<string, string, string> answer)
    {
        var command = new Command(verb, description) { Pet, Epoch };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var name = parsed.GetValue(Pet)!;
            var (set, ordinal) = Parse(name);
            using var client = GlobalOptions.Connect(parsed);
            var said = await say(client, set, ordinal, parsed.GetValue(Epoch), GlobalOptions.NamespaceOf(parsed), cancellationToken);
            console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"petset/{set}: {answer(name, ClusterOf(said, ordinal))}"));
            return 0;
        });
        return command;
    }

    private static string ClusterOf(PetSet set, int ordinal) => set.Status.Pets.FirstOrDefault(pet => pet.Ordinal == ordinal)?.Cluster ?? "its cluster";

    private delegate Task<PetSet> Saying(FederationClient client, string set, int ordinal, long? epoch, string? @namespace, CancellationToken cancellationToken);
}
