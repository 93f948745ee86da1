using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Federation.Yaml;

/// <summary>Turns the parser's events into nodes, one document at a time.</summary>
internal sealed class YamlComposer(IParser parser)
{
    /// <summary>As deep as the JSON reader goes.</summary>
    private const int DepthLimit = 64;

    private readonly Dictionary<AnchorName, YamlNode> _anchors = [];

    /// <summary>The next document; null for an empty one.</summary>
    public YamlNode? ReadDocument()
    {
        _anchors.Clear();
        parser.Consume<DocumentStart>();
        var root = ReadNode(0);
        parser.Consume<DocumentEnd>();
        return root is YamlNode.Scalar { IsPlain: true, Text: "" } ? null : root;
    }

    private YamlNode ReadNode(int depth)
    {
        var (line, column) = Position(parser.Current!);
        if (depth > DepthLimit)
            throw new YamlSyntaxException($"nested deeper than {DepthLimit} levels", line, column);
        if (parser.TryConsume<AnchorAlias>(out var alias))
        {
            return _anchors.TryGetValue(alias.Value, out var known)
                ? known
                : throw new YamlSyntaxException($"the alias *{alias.Value} has no anchor before it", line, column);
        }

        var anchor = parser.Current is NodeEvent node ? node.Anchor : AnchorName.Empty;
        YamlNode read = parser.Current switch
        {
            Scalar scalar => ReadScalar(scalar, line, column),
            SequenceStart => ReadSequence(depth, line, column),
            MappingStart => ReadMapping(depth, line, column),
            var other => throw new YamlSyntaxException($"{other?.GetType().Name} is not expected here", line, column),
        };
        // Only once it is complete: a node cannot contain itself.
        if (!anchor.IsEmpty)
            _anchors[anchor] = read;
        return read;
    }

    private YamlNode.Scalar ReadScalar(Scalar scalar, int line, int column)
    {
        parser.MoveNext();
        return new YamlNode.Scalar(scalar.Value, scalar.Style == ScalarStyle.Plain, scalar.Tag.IsEmpty ? "" : scalar.Tag.Value, line, column);
    }

    private YamlNode.Sequence ReadSequence(int depth, int line, int column)
    {
        parser.MoveNext();
        var items = new List<YamlNode>();
        while (!parser.TryConsume<SequenceEnd>(out _))
            items.Add(ReadNode(depth + 1));
        return new YamlNode.Sequence(items, line, column);
    }

    private YamlNode.Mapping ReadMapping(int depth, int line, int column)
    {
        parser.MoveNext();
        var entries = new List<KeyValuePair<YamlNode.Scalar, YamlNode>>();
        var merged = new List<YamlNode.Mapping>();
        var keys = new HashSet<string>();
        while (!parser.TryConsume<MappingEnd>(out _))
        {
            if (ReadNode(depth + 1) is not YamlNode.Scalar key)
                throw new YamlSyntaxException("a key must be a single value", line, column);
            var value = ReadNode(depth + 1);
            if (key is { IsPlain: true, Text: "<<" })
                merged.AddRange(MergeSources(value));
            else if (keys.Add(key.Text))
                entries.Add(new(key, value));
            else
                throw new YamlSyntaxException($"the key \"{key.Text}\" is there twice", key.Line, key.Column);
        }

        // A key of the mapping's own wins over a merged one; an earlier source wins over a later.
        entries.AddRange(merged.SelectMany(source => source.Entries).Where(entry => keys.Add(entry.Key.Text)));
        return new YamlNode.Mapping(entries, line, column);
    }

    private static IEnumerable<YamlNode.Mapping> MergeSources(YamlNode value) => value switch
    {
        YamlNode.Mapping mapping => [mapping],
        YamlNode.Sequence sequence => sequence.Items.SelectMany(MergeSources),
        _ => throw new YamlSyntaxException("<< merges mappings only", value.Line, value.Column),
    };

    private static (int Line, int Column) Position(ParsingEvent parsingEvent) => ((int)parsingEvent.Start.Line, (int)parsingEvent.Start.Column);
}
