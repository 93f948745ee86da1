using System.CommandLine;
using System.Text.Json;
using Federation.Cli.Output;
using Spectre.Console;

namespace Federation.Cli.Commands;

internal static class DnsStatusCommand
{
    public static Command Create(IAnsiConsole console)
    {
        var command = new Command("status", "Show the name servers: how far each has come, and since when one is cut off; and the zones.") { OutputFormats.Option };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = GlobalOptions.Connect(parsed);
            var status = await client.SendJsonAsync(HttpMethod.Get, "/federation/v1/dns/status", cancellationToken: cancellationToken);
            var format = parsed.GetValue(OutputFormats.Option);
            if (format is OutputFormat.Json or OutputFormat.Yaml)
                OutputFormats.Write(console, format, status);
            else
                Write(console, status);
            return 0;
        });
        return command;
    }

    private static void Write(IAnsiConsole console, JsonElement status)
    {
        var servers = status.GetProperty("servers").EnumerateArray().ToList();
        var newest = servers.Select(server => server.GetProperty("revision").GetInt64()).DefaultIfEmpty().Max();
        console.WriteLine($"Zone {status.GetProperty("zone").GetString()}");
        var table = StatusView.NewTable("NAME SERVER", "ID", "SERIAL", "REVISION", "BEHIND", "FEED", "ANSWERED IN");
        foreach (var server in servers)
            table.AddRow(Cells(server, newest).Select(cell => new Text(cell)));
        console.Write(table);
        console.WriteLine();
        var zones = StatusView.NewTable("ZONE", "OBJECT", "SERIAL", "NAMES", "RECORDS", "SIGNED", "PROBLEM");
        foreach (var zone in status.GetProperty("zones").EnumerateArray())
            zones.AddRow(ZoneCells(zone).Select(cell => new Text(cell)));
        console.Write(zones);
    }

    private static string[] ZoneCells(JsonElement zone)
    {
        string[] name = [zone.GetProperty("zone").GetString()!, zone.GetProperty("object").GetString() ?? ""];
        if (zone.GetProperty("problem").GetString() is { } problem)
            return [.. name, "", "", "", "", problem];
        return
        [
            .. name, zone.GetProperty("serial").ToString(), zone.GetProperty("names").ToString(), zone.GetProperty("records").ToString(),
            zone.GetProperty("isSigned").GetBoolean() ? $"yes, {zone.GetProperty("parentRecords").GetArrayLength()} DS for the parent" : "no", "",
        ];
    }

    private static string[] Cells(JsonElement server, long newest)
    {
        var address = server.GetProperty("address").GetString()!;
        if (server.GetProperty("problem").GetString() is { } problem)
            return [address, "", "", "", "", problem, ""];
        var revision = server.GetProperty("revision").GetInt64();
        return
        [
            address, server.GetProperty("server").GetString()!, server.GetProperty("serial").ToString(), $"{revision}", $"{newest - revision}", Feed(server),
            $"{server.GetProperty("milliseconds").GetDouble():0.0} ms",
        ];
    }

    private static string Feed(JsonElement server) => server.GetProperty("isConnected").GetBoolean()
        ? "connected"
        : $"cut off since {server.GetProperty("cutOffSince").GetString()} ({TimeSpan.FromSeconds(Math.Round(server.GetProperty("staleSeconds").GetDouble())):c}); answers from what it knew";
}
