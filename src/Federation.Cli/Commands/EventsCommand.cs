using System.CommandLine;
using System.Text.Json;
using Federation.Api.Core;
using Federation.Api.Json;
using Federation.Cli.Output;
using Federation.Client;
using Spectre.Console;

namespace Federation.Cli.Commands;

internal static class EventsCommand
{
    private static readonly Option<string?> For = new("--for") { Description = "Only events about this object, such as app/web.", HelpName = "KIND/NAME" };
    private static readonly Option<bool> Watch = new("--watch", "-w") { Description = "Go on with what happens from now." };

    public static Command Create(IAnsiConsole console, TimeProvider time)
    {
        var command = new Command("events", "What happened, oldest first.") { GlobalOptions.AllNamespaces, For, Watch, OutputFormats.Option };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = GlobalOptions.Connect(parsed);
            var query = new ListQuery { Namespace = GlobalOptions.NamespaceOf(parsed), FieldSelector = FieldSelector(parsed.GetValue(For)) };
            var list = await client.ListAsync<Event>(query, cancellationToken);
            var events = list.Items.OrderBy(item => item.LastTimestamp).ToList();
            var format = parsed.GetValue(OutputFormats.Option);
            if (format is OutputFormat.Json or OutputFormat.Yaml)
            {
                OutputFormats.Write(console, format, OutputFormats.ListOf([.. events.Select(item => JsonSerializer.SerializeToElement(item, ApiJson.TypeInfo<Event>()))]));
                return 0;
            }

            if (events.Count == 0)
                console.WriteLine("No events.");
            else
                console.Write(EventTable.Create(events, time.GetUtcNow()));
            if (parsed.GetValue(Watch))
                await FollowAsync(client, list.ResourceVersion, query, console, time, cancellationToken);
            return 0;
        });
        return command;
    }

    private static async Task FollowAsync(FederationClient client, string from, ListQuery query, IAnsiConsole console, TimeProvider time, CancellationToken cancellationToken)
    {
        await foreach (var change in client.WatchAsync<Event>(from, query, cancellationToken))
        {
            if (change.Type is WatchEventType.Added or WatchEventType.Modified)
                console.Profile.Out.Writer.WriteLine(string.Join("  ", EventTable.Cells(change.Object, time.GetUtcNow())));
        }
    }

    private static string? FieldSelector(string? target)
    {
        if (target is null)
            return null;
        var (kind, names) = KindArgument.ParseWithNames([target]);
        return names is [var name] ? $"involvedObject.kind={kind.Kind},involvedObject.name={name}" : throw new CliException($"--for: '{target}' is not of the form KIND/NAME.");
    }
}
