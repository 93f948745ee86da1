using System.CommandLine;
using System.Text.Json;
using Federation.Cli.Output;
using Spectre.Console;

namespace Federation.Cli.Commands;

internal static class DnsCommand
{
    private static readonly Argument<string> Name = new("NAME") { Description = "The name asked for, such as web.default.svc.fed.test." };
    private static readonly Argument<string> Zone = new("ZONE") { Description = "The zone's name, such as fed.test." };
    private static readonly Option<string> Type = new("--type", "-t") { Description = "The record type.", DefaultValueFactory = _ => "A", HelpName = "TYPE" };

    private static readonly Option<string?> From = new("--from") { Description = "Who asks: an address, or a network such as 203.0.113.0/24.", HelpName = "CLIENT" };

    public static Command Create(IAnsiConsole console) => new("dns", "Look into the name servers.") { CreateExplain(console), CreateExport(console), CreateDs(console) };

    private static Command CreateExplain(IAnsiConsole console)
    {
        var command = new Command("explain", "Say what a DNS query is answered with, and why.") { Name, Type, From, OutputFormats.Option };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = GlobalOptions.Connect(parsed);
            var path = $"/federation/v1/dns/explain?name={Uri.EscapeDataString(parsed.GetValue(Name)!)}&type={Uri.EscapeDataString(parsed.GetValue(Type)!)}&from={Uri.EscapeDataString(parsed.GetValue(From) ?? "")}";
            var explanation = await client.SendJsonAsync(HttpMethod.Get, path, cancellationToken: cancellationToken);
            var format = parsed.GetValue(OutputFormats.Option);
            if (format is OutputFormat.Json or OutputFormat.Yaml)
                OutputFormats.Write(console, format, explanation);
            else
                Write(console, explanation);
            return 0;
        });
        return command;
    }

    private static Command CreateExport(IAnsiConsole console)
    {
        var command = new Command("export", "Write a zone that the name servers serve as a zone file.") { Zone };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = GlobalOptions.Connect(parsed);
            var path = $"/federation/v1/dns/export?zone={Uri.EscapeDataString(parsed.GetValue(Zone)!)}";
            var exported = await client.SendJsonAsync(HttpMethod.Get, path, cancellationToken: cancellationToken);
            console.Profile.Out.Writer.Write(exported.GetProperty("text").GetString());
            return 0;
        });
        return command;
    }

    private static Command CreateDs(IAnsiConsole console)
    {
        var command = new Command("ds", "Print the DS records that the parent of a signed zone is to have; others that it had or will have as comments.") { Zone };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = GlobalOptions.Connect(parsed);
            var path = $"/federation/v1/dns/ds?zone={Uri.EscapeDataString(parsed.GetValue(Zone)!)}";
            var answer = await client.SendJsonAsync(HttpMethod.Get, path, cancellationToken: cancellationToken);
            foreach (var record in answer.GetProperty("records").EnumerateArray())
                console.Profile.Out.Writer.WriteLine(DescribeDs(record));
            return 0;
        });
        return command;
    }

    private static string DescribeDs(JsonElement record)
    {
        var text = record.GetProperty("record").GetString()!;
        if (record.GetProperty("isWanted").GetBoolean())
            return text;
        return record.GetProperty("from") is { ValueKind: JsonValueKind.String } from ? $"; from {from.GetString()} on: {text}" : $"; no more: {text}";
    }

    private static void Write(IAnsiConsole console, JsonElement explanation)
    {
        string Field(string name) => explanation.TryGetProperty(name, out var value) ? value.ToString() : "";
        console.WriteLine($"{Field("name")} {Field("type")}: {Field("responseCode")} (zone {Field("zone")} serial {Field("serial")})");
        console.WriteLine(Field("summary"));
        if (Field("leftOut") is { Length: > 0 } leftOut)
            console.WriteLine(leftOut);
        WriteRecords(console, explanation);
        WriteClusters(console, explanation);
        if (explanation.TryGetProperty("staleSeconds", out var stale) && stale.GetDouble() > 0)
            console.WriteLine($"The name server lost its feed {stale.GetDouble():0} s ago; this is what it last knew.");
    }

    private static void WriteRecords(IAnsiConsole console, JsonElement explanation)
    {
        if (!explanation.TryGetProperty("records", out var records) || records.GetArrayLength() == 0)
            return;
        console.WriteLine();
        var table = StatusView.NewTable("RECORD", "SHARE", "CLUSTERS");
        foreach (var record in records.EnumerateArray())
        {
            var clusters = string.Join(", ", record.GetProperty("clusters").EnumerateArray().Select(cluster => cluster.GetString()));
            table.AddRow(new Text(record.GetProperty("data").GetString()!), new Text($"{record.GetProperty("share").GetDouble():P0}"), new Text(clusters));
        }

        console.Write(table);
    }

    private static void WriteClusters(IAnsiConsole console, JsonElement explanation)
    {
        if (!explanation.TryGetProperty("clusters", out var clusters) || clusters.GetArrayLength() == 0)
            return;
        console.WriteLine();
        var table = StatusView.NewTable("CLUSTER", "REGION", "READY PODS", "ANSWERED", "WHY");
        foreach (var cluster in clusters.EnumerateArray())
        {
            string[] cells =
            [
                cluster.GetProperty("cluster").GetString()!, cluster.GetProperty("region").GetString()!, cluster.GetProperty("readyPods").ToString(),
                cluster.GetProperty("isAnswered").GetBoolean() ? "yes" : "no", cluster.GetProperty("reason").GetString()!,
            ];
            table.AddRow(cells.Select(cell => new Text(cell)));
        }

        console.Write(table);
    }
}
