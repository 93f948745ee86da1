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

    public static Command Create(IAnsiConsole console) => new("dns", "Look into the name servers.") { CreateExplain(console), CreateExport(console), CreateDs(console), DnsStatusCommand.Create(console) };

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
        if (explanation.TryGetProperty("distances", out var distances) && distances.GetArrayLength() > 0)
            console.WriteLine($"From {Field("clientRegion")}: {string.Join(", ", distances.EnumerateArray().Select(Distance))}");
        WriteRecords(console, explanation);
        WriteSharers(console, explanation);
        WriteClusters(console, explanation);
        if (explanation.TryGetProperty("staleSeconds", out var stale) && stale.GetDouble() > 0)
            console.WriteLine($"The name server lost its feed {stale.GetDouble():0} s ago; this is what it last knew.");
    }

    private static string Distance(JsonElement distance) =>
        $"{distance.GetProperty("region").GetString()} {(distance.GetProperty("milliseconds") is { ValueKind: JsonValueKind.Number } time ? $"{time.GetDouble():0.#} ms" : "not measured")}";

    private static void WriteRecords(IAnsiConsole console, JsonElement explanation)
    {
        if (!explanation.TryGetProperty("records", out var records) || records.GetArrayLength() == 0)
            return;
        console.WriteLine();
        var isShared = IsShared(explanation);
        var table = StatusView.NewTable(isShared ? ["RECORD", "SHARE", "CLUSTERS", "APPS"] : ["RECORD", "SHARE", "CLUSTERS"]);
        foreach (var record in records.EnumerateArray())
        {
            List<string> cells = [record.GetProperty("data").GetString()!, $"{record.GetProperty("share").GetDouble():P0}", Joined(record, "clusters")];
            if (isShared)
                cells.Add(Joined(record, "apps"));
            table.AddRow(cells.Select(cell => new Text(cell)));
        }

        console.Write(table);
    }

    private static bool IsShared(JsonElement explanation) => explanation.TryGetProperty("sharers", out var sharers) && sharers.GetArrayLength() > 0;

    private static string Joined(JsonElement element, string property) =>
        string.Join(", ", element.GetProperty(property).EnumerateArray().Select(text => text.GetString()));

    private static void WriteSharers(IAnsiConsole console, JsonElement explanation)
    {
        if (!IsShared(explanation))
            return;
        console.WriteLine();
        var table = StatusView.NewTable("APP", "WEIGHT", "SHARE", "WHY");
        foreach (var sharer in explanation.GetProperty("sharers").EnumerateArray())
        {
            var why = sharer.GetProperty("reason").GetString()!;
            if (sharer.GetProperty("isOwner").GetBoolean())
                why += "; owns the host";
            if (sharer.GetProperty("overruled").GetArrayLength() > 0)
                why += $"; the owner's word counts, not its own: {Joined(sharer, "overruled")}";
            string[] cells = [sharer.GetProperty("app").GetString()!, sharer.GetProperty("weight").ToString(), $"{sharer.GetProperty("share").GetDouble():P0}", why];
            table.AddRow(cells.Select(cell => new Text(cell)));
        }

        console.Write(table);
    }

    private static void WriteClusters(IAnsiConsole console, JsonElement explanation)
    {
        if (!explanation.TryGetProperty("clusters", out var clusters) || clusters.GetArrayLength() == 0)
            return;
        console.WriteLine();
        var isShared = IsShared(explanation);
        var table = StatusView.NewTable(isShared ? ["CLUSTER", "APP", "REGION", "READY PODS", "ANSWERED", "WHY"] : ["CLUSTER", "REGION", "READY PODS", "ANSWERED", "WHY"]);
        foreach (var cluster in clusters.EnumerateArray())
        {
            string[] app = isShared ? [cluster.GetProperty("app").GetString()!] : [];
            string[] cells =
            [
                cluster.GetProperty("cluster").GetString()!, .. app, cluster.GetProperty("region").GetString()!, cluster.GetProperty("readyPods").ToString(),
                cluster.GetProperty("isAnswered").GetBoolean() ? "yes" : "no", cluster.GetProperty("reason").GetString()!,
            ];
            table.AddRow(cells.Select(cell => new Text(cell)));
        }

        console.Write(table);
    }
}
