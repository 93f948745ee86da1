using System.CommandLine;
using Federation.Api.Apps;
using Federation.Cli.Output;
using Spectre.Console;

namespace Federation.Cli.Commands;

internal static class ExplainCommand
{
    private static readonly Argument<string[]> What = new("app NAME") { Description = "The app, as app NAME or app/NAME.", Arity = ArgumentArity.OneOrMore };

    public static Command Create(IAnsiConsole console, TimeProvider time)
    {
        var command = new Command("explain", "Say why an app runs where it runs.") { What };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = GlobalOptions.Connect(parsed);
            var name = KindArgument.ParseWithNames(parsed.GetValue(What)!) is ({ Kind: App.KindName }, [var only])
                ? only
                : throw new CliException("Name one app: fed explain app web.");
            var app = await client.GetAsync<App>(name, GlobalOptions.NamespaceOf(parsed), cancellationToken);
            PlacementView.Write(console, app, time.GetUtcNow());
            return 0;
        });
        return command;
    }
}
