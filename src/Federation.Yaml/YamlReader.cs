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

    /// <summary>How many characters the values and their paths may expand to: an alias to a long text is short.</summary>
    internal const int LengthLimit = 64 * 1024 * 1024;

    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Every document of the stream that is not empty, in order.</summary>
    /// <exception cref="YamlSyntaxException">With the line and the column.</exception>
    public static IReadOnlyList<YamlDocument> Read(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var parser = new Parser(new StringReader(text));
        try
        {
            var documents = new List<YamlDocument>();
            var composer = new YamlComposer(parser);
            var budget = (Nodes: NodeLimit, Length: LengthLimit);
            parser.Consume<StreamStart>();
            while (!parser.TryConsume<StreamEnd>(out _))
            {
                if (composer.ReadDocument() is { } root)
                    documents.Add(Convert(root, ref budget));
            }

            return documents;
        }
        catch (InvalidOperationException broken)
        {
            // The parser's scanner gives some broken streams up in this way.
            throw new YamlSyntaxException("not valid YAML after this", (int)(parser.Current?.End.Line ?? 1), (int)(parser.Current?.End.Column ?? 1), broken);
        }
        catch (YamlException broken)
        {
            throw new YamlSyntaxException(broken.InnerException?.Message ?? broken.Message, (int)broken.End.Line, (int)broken.End.Column, broken);
        }
    }

    private static YamlDocument Convert(YamlNode root, ref (int Nodes, int Length) budget)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var lines = new Dictionary<string, int>();
        using (var json = new Utf8JsonWriter(buffer, WriterOptions))
            Write(root, "", json, lines, ref budget);
        return new YamlDocument { Json = buffer.WrittenSpan.ToArray(), Line = root.Line, Lines = lines };
    }

    private static void Write(YamlNode node, string path, Utf8JsonWriter json, Dictionary<string, int> lines, ref (int Nodes, int Length) budget)
    {
        if (--budget.Nodes < 0)
            throw new YamlSyntaxException($"expands to more than {NodeLimit} values", node.Line, node.Column);
        budget.Length -= path.Length + (node is YamlNode.Scalar text ? text.Text.Length : 0);
        if (budget.Length < 0)
            throw new YamlSyntaxException($"expands to more than {LengthLimit} characters", node.Line, node.Column);
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
