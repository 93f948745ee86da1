using System.Text.Json;
using Spectre.Console;

namespace Federation.Cli.Output;

/// <summary>Prints <c>meta.k8s.io/v1 Table</c>s of one kind as the gateway made them: the gateway knows the columns of every kind.</summary>
internal static class ServerTable
{
    public static void Write(IAnsiConsole console, IReadOnlyList<JsonElement> tables, bool wide, bool withNamespace)
    {
        var columns = tables[0].GetProperty("columnDefinitions").EnumerateArray().ToList();
        var shown = Enumerable.Range(0, columns.Count).Where(index => wide || columns[index].GetProperty("priority").GetInt32() == 0).ToList();
        List<string> headers = [.. shown.Select(index => columns[index].GetProperty("name").GetString()!.ToUpperInvariant())];
        if (withNamespace)
            headers.Insert(0, "NAMESPACE");
        var output = StatusView.NewTable([.. headers]);
        List<JsonElement> rows = [.. tables.SelectMany(table => table.GetProperty("rows").EnumerateArray())];
        foreach (var row in rows)
        {
            var cells = row.GetProperty("cells").EnumerateArray().ToList();
            List<Text> texts = [.. shown.Select(index => new Text(cells[index].ToString()))];
            if (withNamespace)
                texts.Insert(0, new Text(row.GetProperty("object").GetProperty("metadata").TryGetProperty("namespace", out var name) ? name.GetString()! : ""));
            output.AddRow(texts);
        }

        if (rows.Count == 0)
            console.WriteLine("Nothing found.");
        else
            console.Write(output);
    }
}
