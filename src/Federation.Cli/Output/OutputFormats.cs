using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Federation.Yaml;
using Spectre.Console;

namespace Federation.Cli.Output;

internal enum OutputFormat
{
    Table,
    Wide,
    Json,
    Yaml,
}

/// <summary>Tables for people, JSON and YAML for programs.</summary>
internal static class OutputFormats
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Option<OutputFormat> Option { get; } = new("--output", "-o") { Description = "How to print: table, wide, json or yaml.", DefaultValueFactory = _ => OutputFormat.Table, HelpName = "FORMAT" };

    public static JsonElement ListOf(IReadOnlyList<JsonElement> objects) =>
        JsonSerializer.SerializeToElement(new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "List",
            ["items"] = new JsonArray([.. objects.Select(item => JsonNode.Parse(item.GetRawText()))]),
        });

    public static void Write(IAnsiConsole console, OutputFormat format, JsonElement value) =>
        console.Profile.Out.Writer.WriteLine(format == OutputFormat.Yaml ? YamlWriter.Write(value).TrimEnd() : JsonSerializer.Serialize(value, Indented));
}
