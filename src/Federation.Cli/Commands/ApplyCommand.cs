using System.CommandLine;
using Federation.Client;
using Federation.Client.Manifests;
using Spectre.Console;

namespace Federation.Cli.Commands;

internal static class ApplyCommand
{
    private static readonly Option<string[]> Files = new("--filename", "-f") { Description = "Manifest, folder of manifests, or - for the standard input.", Required = true, HelpName = "FILE" };
    private static readonly Option<bool> DryRun = new("--dry-run") { Description = "Let the gateway check and default it, and change nothing." };

    public static Command Create(IAnsiConsole console)
    {
        var command = new Command("apply", "Create or change objects as manifests say.") { Files, DryRun };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = GlobalOptions.Connect(parsed);
            var failed = false;
            foreach (var manifest in parsed.GetValue(Files)!.SelectMany(ManifestReader.Load))
            {
                try
                {
                    var result = await client.ApplyAsync(manifest, parsed.GetValue(DryRun), cancellationToken);
                    console.WriteLine($"{manifest.Kind.Singular}/{manifest.Name} {result.Change.ToString().ToLowerInvariant()}{(parsed.GetValue(DryRun) ? " (dry run)" : "")}");
                }
                catch (StatusException refusal)
                {
                    failed = true;
                    PrintRefusal(manifest, refusal);
                }
            }

            return failed ? 1 : 0;
        });
        return command;
    }

    /// <summary>Every wrong field with the line it is written on.</summary>
    private static void PrintRefusal(Manifest manifest, StatusException refusal)
    {
        var causes = refusal.Status.Details?.Causes ?? [];
        if (causes.Count == 0)
        {
            Console.Error.WriteLine($"{manifest.Source}: {refusal.Message}");
            return;
        }

        Console.Error.WriteLine($"{manifest.Source}: {manifest.Kind.Singular}/{manifest.Name} is refused, nothing was changed:");
        foreach (var cause in causes)
            Console.Error.WriteLine($"  {manifest.Locate(cause.Field)}: {cause.Field}: {cause.Message}");
    }
}
