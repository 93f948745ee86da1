using System.Text.Json;
using System.Text.Json.Nodes;
using Federation.Api;
using Federation.Yaml;

namespace Federation.Client.Manifests;

/// <summary>One object as a person wrote it.</summary>
public sealed record Manifest
{
    public required KindDefinition Kind { get; init; }
    public required string Name { get; init; }

    /// <summary>Null: the manifest names none.</summary>
    public string? Namespace { get; init; }

    public required JsonObject Content { get; init; }

    /// <summary>The file's name, or what stands for it in messages.</summary>
    public required string Source { get; init; }

    public required YamlDocument Document { get; init; }

    /// <summary><c>file.yaml:12</c>: where a field of this object is written, for messages about it.</summary>
    public string Locate(string? field) => $"{Source}:{Document.LineOf(field)}";
}

/// <summary>The manifest cannot be used; the message begins with the file and the line.</summary>
public sealed class ManifestException(string message, Exception? innerException = null) : Exception(message, innerException);

/// <summary>Reads manifests: YAML with any number of documents, JSON, and <c>List</c>s of objects.</summary>
public static class ManifestReader
{
    /// <summary>A file, every <c>.yaml</c>, <c>.yml</c> and <c>.json</c> of a folder (by name), or <c>-</c> for the standard input.</summary>
    /// <exception cref="ManifestException">With the file and the line.</exception>
    public static IReadOnlyList<Manifest> Load(string path)
    {
        try
        {
            if (path == "-")
                return Read(Console.In.ReadToEnd(), "stdin");
            if (!Directory.Exists(path))
                return Read(File.ReadAllText(path), path);
            return
            [
                .. Directory.EnumerateFiles(path).Where(file => Path.GetExtension(file) is ".yaml" or ".yml" or ".json").Order(StringComparer.Ordinal)
                    .SelectMany(file => Read(File.ReadAllText(file), file)),
            ];
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            throw new ManifestException(failed.Message, failed);
        }
    }

    /// <param name="source">What messages call this text.</param>
    /// <exception cref="ManifestException">With the source and the line.</exception>
    public static IReadOnlyList<Manifest> Read(string text, string source)
    {
        IReadOnlyList<YamlDocument> documents;
        try
        {
            documents = YamlReader.Read(text);
        }
        catch (YamlSyntaxException broken)
        {
            throw new ManifestException($"{source}:{broken.Line}: {broken.Problem}", broken);
        }

        return [.. documents.SelectMany(document => ReadDocument(document, source))];
    }

    private static IEnumerable<Manifest> ReadDocument(YamlDocument document, string source)
    {
        if (JsonNode.Parse(document.Json) is not JsonObject content)
            throw new ManifestException($"{source}:{document.Line}: an object with apiVersion, kind and metadata is expected here");
        if (Text(content, "kind") == "List" && content["items"] is JsonArray items)
        {
            return items.Select((item, index) => ReadObject(
                item as JsonObject ?? throw new ManifestException($"{source}:{document.LineOf($"items[{index}]")}: an object is expected here"),
                Part(document, $"items[{index}]"),
                source));
        }

        return [ReadObject(content, document, source)];
    }

    private static Manifest ReadObject(JsonObject content, YamlDocument document, string source)
    {
        var (apiVersion, kindName) = (Text(content, "apiVersion"), Text(content, "kind"));
        if (apiVersion is null || kindName is null)
            throw new ManifestException($"{source}:{document.Line}: {(apiVersion is null ? "apiVersion" : "kind")} is missing");
        var kind = Kinds.Served.FirstOrDefault(candidate => candidate.Kind == kindName && candidate.ApiVersion == apiVersion)
            ?? throw new ManifestException($"{source}:{document.LineOf("kind")}: there is no kind {kindName} in {apiVersion}");
        var metadata = content["metadata"] as JsonObject;
        return new Manifest
        {
            Kind = kind,
            Name = Text(metadata, "name") ?? throw new ManifestException($"{source}:{document.LineOf("metadata")}: metadata.name is missing"),
            Namespace = Text(metadata, "namespace"),
            Content = content,
            Source = source,
            Document = document,
        };
    }

    private static YamlDocument Part(YamlDocument document, string path) => document with
    {
        Line = document.LineOf(path),
        Lines = document.Lines.Where(line => line.Key.StartsWith(path + ".", StringComparison.Ordinal))
            .ToDictionary(line => line.Key[(path.Length + 1)..], line => line.Value),
    };

    private static string? Text(JsonObject? parent, string name) =>
        parent?[name] is JsonValue value && value.GetValueKind() == JsonValueKind.String && value.GetValue<string>() is { Length: > 0 } text ? text : null;
}
