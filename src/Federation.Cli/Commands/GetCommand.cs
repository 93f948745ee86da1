using System.CommandLine;
using System.Text.Json;
using Federation.Cli.Output;
using Federation.Client;
using Spectre.Console;

namespace Federation.Cli.Commands;

internal static class GetCommand
{
    private static readonly Argument<string[]> What = new("KIND [NAME...]") { Description = "A kind and names, or KIND/NAME.", Arity = ArgumentArity.OneOrMore };
    private static readonly Option<OutputFormat> Output = OutputFormats.Option;
    private static readonly Option<string?> Selector = new("--selector", "-l") { Description = "Label selector, such as tier=prod,!canary.", HelpName = "SELECTOR" };

    public static Command Create(IAnsiConsole console)
    {
        var command = new Command("get", "List objects.") { What, GlobalOptions.AllNamespaces, Selector, Output };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = GlobalOptions.Connect(parsed);
            var (kind, names) = KindArgument.ParseWithNames(parsed.GetValue(What)!);
            var query = new ListQuery { Namespace = GlobalOptions.NamespaceOf(parsed), LabelSelector = parsed.GetValue(Selector) };
            var format = parsed.GetValue(Output);
            if (format is OutputFormat.Table or OutputFormat.Wide)
            {
                List<JsonElement> tables = [];
                IEnumerable<string?> selectors = names.Count == 0 ? [null] : names.Select(string? (name) => $"metadata.name={name}");
                foreach (var selector in selectors)
                    tables.Add(await client.GetTableAsync(kind, query with { FieldSelector = selector }, cancellationToken));
                ServerTable.Write(console, tables, wide: format == OutputFormat.Wide, withNamespace: query.Namespace is null && kind.IsNamespaced);
                return 0;
            }

            List<JsonElement> objects = [];
            if (names.Count == 0)
                objects.AddRange(await client.ListJsonAsync(kind, query, cancellationToken));
            foreach (var name in names)
                objects.Add(await client.GetJsonAsync(kind, name, query.Namespace, cancellationToken));
            OutputFormats.Write(console, format, names.Count == 1 ? objects[0] : OutputFormats.ListOf(objects));
            return 0;
        });
        return command;
    }
}
