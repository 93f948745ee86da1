using System.CommandLine;
using Federation.Cli.Local;
using Spectre.Console;

namespace Federation.Cli.Commands;

internal static class DownCommand
{
    private static readonly Option<bool> Purge = new("--purge") { Description = "Remove the containers and the data too." };

    public static Command Create(IAnsiConsole console, TimeProvider time)
    {
        var command = new Command("down", "Stop the local federation; its containers run on.") { LocalOptions.Data, Purge };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await new DownRunner(LocalOptions.DataOf(parsed), console, time).RunAsync(parsed.GetValue(Purge), cancellationToken);
            return 0;
        });
        return command;
    }
}
