using System.Globalization;
using System.Text.Json;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Federation.Yaml;

/// <summary>Writes JSON as YAML, for people. Reading it again gives the same JSON.</summary>
public static class YamlWriter
{
    public static string Write(JsonElement value)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        var emitter = new Emitter(text, new EmitterSettings(bestIndent: 2, bestWidth: int.MaxValue, isCanonical: false, maxSimpleKeyLength: 1024, skipAnchorName: true));
        emitter.Emit(new StreamStart());
        emitter.Emit(new DocumentStart(version: null, tags: null, isImplicit: true));
        Emit(value, emitter);
        emitter.Emit(new DocumentEnd(isImplicit: true));
        emitter.Emit(new StreamEnd());
        return text.ToString().ReplaceLineEndings("\n");
    }

    private static void Emit(JsonElement value, Emitter emitter)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                emitter.Emit(new MappingStart(AnchorName.Empty, TagName.Empty, isImplicit: true, StyleOf(value.EnumerateObject().Any(), MappingStyle.Block, MappingStyle.Flow)));
                foreach (var property in value.EnumerateObject())
                {
                    EmitString(property.Name, emitter);
                    Emit(property.Value, emitter);
                }

                emitter.Emit(new MappingEnd());
                break;
            case JsonValueKind.Array:
                emitter.Emit(new SequenceStart(AnchorName.Empty, TagName.Empty, isImplicit: true, StyleOf(value.GetArrayLength() > 0, SequenceStyle.Block, SequenceStyle.Flow)));
                foreach (var item in value.EnumerateArray())
                    Emit(item, emitter);
                emitter.Emit(new SequenceEnd());
                break;
            case JsonValueKind.String:
                EmitString(value.GetString()!, emitter);
                break;
            default:
                emitter.Emit(new Scalar(value.GetRawText()));
                break;
        }
    }

    private static T StyleOf<T>(bool hasContent, T block, T flow) => hasContent ? block : flow;

    private static void EmitString(string text, Emitter emitter)
    {
        var style = text.Contains('\n', StringComparison.Ordinal) ? (IsPlainBlock(text) ? ScalarStyle.Literal : ScalarStyle.DoubleQuoted)
            : YamlScalars.MeansSomethingElse(text) ? ScalarStyle.DoubleQuoted
            : ScalarStyle.Any;
        emitter.Emit(new Scalar(AnchorName.Empty, TagName.Empty, text, style, isPlainImplicit: true, isQuotedImplicit: true));
    }

    /// <summary>True for text whose lines a block shows as they are: no indentation, blank ends or special characters to lose.</summary>
    private static bool IsPlainBlock(string text) =>
        !char.IsWhiteSpace(text[0])
        && !text.EndsWith("\n\n", StringComparison.Ordinal)
        && !text.Contains(" \n", StringComparison.Ordinal)
        && !text.EndsWith(' ')
        && !text.Any(character => char.IsControl(character) && character != '\n');
}
