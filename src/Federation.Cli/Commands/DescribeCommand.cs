using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Federation.Api;
using Federation.Api.Core;
using Federation.Cli.Output;
using Federation.Client;
using Federation.Yaml;
using Spectre.Console;

namespace Federation.Cli.Commands;

internal static class DescribeCommand
{
    private static readonly Argument<string[]> What = new("KIND NAME") { Description = "A kind and a name, or KIND/NAME.", Arity = ArgumentArity.OneOrMore };

    public static Command Create(IAnsiConsole console, TimeProvider time)
    {
        var command = new Command("describe", "Show one object with its events.") { What };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = GlobalOptions.Connect(parsed);
            var (kind, names) = KindArgument.ParseWithNames(parsed.GetValue(What)!);
            if (names is not [var name])
                throw new CliException("Name one object: fed describe app web.");
            var @namespace = GlobalOptions.NamespaceOf(parsed);
            var json = await client.GetJsonAsync(kind, name, @namespace, cancellationToken);
            console.Profile.Out.Writer.WriteLine(YamlWriter.Write(Describable(json, isSecret: kind == Kinds.Secret)).TrimEnd());

            var query = new ListQuery { Namespace = kind.IsNamespaced ? @namespace : null, FieldSelector = $"involvedObject.kind={kind.Kind},involvedObject.name={name}" };
            var events = (await client.ListAsync<Event>(query, cancellationToken)).Items;
            console.WriteLine();
            console.WriteLine(events.Count == 0 ? "Events: none" : "Events:");
            if (events.Count > 0)
                console.Write(EventTable.Create(events, time.GetUtcNow()));
            return 0;
        });
        return command;
    }

    /// <summary>Without what only programs read, and with the sizes of secret values in their place.</summary>
    internal static JsonElement Describable(JsonElement json, bool isSecret)
    {
        var node = JsonNode.Parse(json.GetRawText())!.AsObject();
        if (node["metadata"] is JsonObject metadata)
        {
            metadata.Remove("managedFields");
            (metadata["annotations"] as JsonObject)?.Remove("kubectl.kubernetes.io/last-applied-configuration");
        }

        if (isSecret && node["data"] is JsonObject data)
        {
            foreach (var (key, value) in data.ToList())
                data[key] = $"{Convert.FromBase64String((string?)value ?? "").Length} bytes";
        }

        return JsonSerializer.SerializeToElement(node);
    }
}
