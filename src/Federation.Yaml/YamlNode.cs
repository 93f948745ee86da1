namespace Federation.Yaml;

/// <summary>What a document is made of, before it becomes JSON. An alias is the same node twice.</summary>
internal abstract record YamlNode(int Line, int Column)
{
    public sealed record Scalar(string Text, bool IsPlain, string Tag, int Line, int Column) : YamlNode(Line, Column);

    public sealed record Sequence(List<YamlNode> Items, int Line, int Column) : YamlNode(Line, Column);

    /// <summary>In the order written; keys are unique.</summary>
    public sealed record Mapping(List<KeyValuePair<Scalar, YamlNode>> Entries, int Line, int Column) : YamlNode(Line, Column);
}
