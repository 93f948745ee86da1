using System.CommandLine;
using Federation.Api;
using Federation.Client;
using Federation.Client.Manifests;
using Spectre.Console;

namespace Federation.Cli.Commands;

internal static class DeleteCommand
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(100);

    private static readonly Argument<string[]> What = new("KIND NAME...") { Description = "A kind and names, or KIND/NAME.", Arity = ArgumentArity.ZeroOrMore };
    private static readonly Option<string[]> Files = new("--filename", "-f") { Description = "Delete what these manifests name.", HelpName = "FILE" };
    private static readonly Option<bool> NoWait = new("--no-wait") { Description = "Return once the deletion is accepted." };

    public static Command Create(IAnsiConsole console, TimeProvider time)
    {
        var command = new Command("delete", "Delete objects, and wait until they are gone.") { What, Files, NoWait };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = GlobalOptions.Connect(parsed);
            var targets = Targets(parsed).ToList();
            if (targets.Count == 0)
                throw new CliException("Name what to delete: a kind and names, or manifests with -f.");
            foreach (var (kind, name, @namespace) in targets)
            {
                await client.DeleteAsync(kind, name, @namespace, cancellationToken: cancellationToken);
                if (!parsed.GetValue(NoWait))
                    await WaitUntilGoneAsync(client, kind, name, @namespace, time, cancellationToken);
                console.WriteLine($"{kind.Singular}/{name} deleted");
            }

            return 0;
        });
        return command;
    }

    private static IEnumerable<(KindDefinition Kind, string Name, string? Namespace)> Targets(ParseResult parsed)
    {
        foreach (var manifest in (parsed.GetValue(Files) ?? []).SelectMany(ManifestReader.Load))
            yield return (manifest.Kind, manifest.Name, manifest.Namespace ?? GlobalOptions.NamespaceOf(parsed));
        if (parsed.GetValue(What) is not { Length: > 0 } words)
            yield break;
        var (kind, names) = KindArgument.ParseWithNames(words);
        foreach (var name in names)
            yield return (kind, name, GlobalOptions.NamespaceOf(parsed));
    }

    private static async Task WaitUntilGoneAsync(FederationClient client, KindDefinition kind, string name, string? @namespace, TimeProvider time, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                await client.GetJsonAsync(kind, name, @namespace, cancellationToken);
                await Task.Delay(PollInterval, time, cancellationToken);
            }
        }
        catch (StatusException gone) when (gone.IsNotFound)
        {
            // What was waited for.
        }
    }
}
