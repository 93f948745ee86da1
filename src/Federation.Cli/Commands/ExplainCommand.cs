using System.CommandLine;
using Federation.Api;
using Federation.Api.Apps;
using Federation.Api.Daemons;
using Federation.Api.Jobs;
using Federation.Api.Pets;
using Federation.Cli.Output;
using Spectre.Console;

namespace Federation.Cli.Commands;

internal static class ExplainCommand
{
    private static readonly Argument<string[]> What = new("app NAME") { Description = "The app, daemon, job or petset, as app NAME or app/NAME.", Arity = ArgumentArity.OneOrMore };

    public static Command Create(IAnsiConsole console, TimeProvider time)
    {
        var command = new Command("explain", "Say why an app, a daemon, a job or a petset runs where it runs.") { What };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = GlobalOptions.Connect(parsed);
            var (kind, name) = KindArgument.ParseWithNames(parsed.GetValue(What)!) is ({ IsPlaced: true } found, [var only]) && found != Kinds.PetSnapshot
                ? (found.Kind, only)
                : throw new CliException("Name one app, daemon, job or petset: fed explain app web.");
            var home = GlobalOptions.NamespaceOf(parsed);
            PlacedResource placed = kind switch
            {
                Daemon.KindName => await client.GetAsync<Daemon>(name, home, cancellationToken),
                Job.KindName => await client.GetAsync<Job>(name, home, cancellationToken),
                PetSet.KindName => await client.GetAsync<PetSet>(name, home, cancellationToken),
                _ => await client.GetAsync<App>(name, home, cancellationToken),
            };
            PlacementView.Write(console, placed, time.GetUtcNow());
            return 0;
        });
        return command;
    }
}
