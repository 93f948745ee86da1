using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Federation.Yaml;

/// <summary>Reads YAML (and JSON, which is YAML) as JSON documents that know their line numbers.</summary>
public static class YamlReader
{
    /// <summary>How many values one stream may expand to: aliases within aliases must not fill the memory.</summary>
    internal const int NodeLimit = 500_000;

    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Every document of the stream that is not empty, in order.</summary>
    /// <exception cref="YamlSyntaxException">With the line and the column.</exception>
    public static IReadOnlyList<YamlDocument> Read(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        try
        {
            var documents = new List<YamlDocument>();
            var parser = new Parser(new StringReader(text));
            var composer = new YamlComposer(parser);
            var budget = NodeLimit;
            parser.Consume<StreamStart>();
            while (!parser.TryConsume<StreamEnd>(out _))
            {
                if (composer.ReadDocument() is { } root)
                    documents.Add(Convert(root, ref budget));
            }

            return documents;
        }
        catch (YamlException broken)
        {
            throw new YamlSyntaxException(broken.InnerException?.Message ?? broken.Message, (int)broken.End.Line, (int)broken.End.Column, broken);
        }
    }

    private static YamlDocument Convert(YamlNode root, ref int budget)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var lines = new Dictionary<string, int>();
        using (var json = new Utf8JsonWriter(buffer, WriterOptions))
            Write(root, "", json, lines, ref budget);
        return new YamlDocument { Json = buffer.WrittenSpan.ToArray(), Line = root.Line, Lines = lines };
    }

    private static void Write(YamlNode node, string path, Utf8JsonWriter json, Dictionary<string, int> lines, ref int budget)
    {
        if (--budget < 0)
            throw new YamlSyntaxException($"expands to more than {NodeLimit} values", node.Line, node.Column);
        lines.TryAdd(path, node.Line);
        switch (node)
        {
            case YamlNode.Scalar scalar:
                YamlScalars.Write(scalar, json);
                break;
            case YamlNode.Sequence sequence:
                json.WriteStartArray();
                for (var index = 0; index < sequence.Items.Count; index++)
                    Write(sequence.Items[index], $"{path}[{index}]", json, lines, ref budget);
                json.WriteEndArray();
                break;
            case YamlNode.Mapping mapping:
                json.WriteStartObject();
                foreach (var (key, value) in mapping.Entries)
                {
                    var child = path.Length == 0 ? key.Text : $"{path}.{key.Text}";
                    lines.TryAdd(child, key.Line);
                    json.WritePropertyName(key.Text);
                    Write(value, child, json, lines, ref budget);
                }

                json.WriteEndObject();
                break;
        }
    }
}
