using System.Buffers;
using System.Buffers.Text;
using System.Text.Json;

namespace Federation.Api.Json;

/// <summary>Puts the revision into stored JSON without reading the object: lists and watches of thousands are mostly this.</summary>
public static class StoredJson
{
    /// <summary>Writes stored JSON (see <see cref="ApiJson.Write(Meta.Resource)"/>) with <c>metadata.resourceVersion</c> put in.</summary>
    /// <exception cref="JsonException">The JSON is not an object with a <c>metadata</c> object.</exception>
    public static void WriteWithRevision(ReadOnlySpan<byte> stored, long revision, IBufferWriter<byte> output)
    {
        var (insertAt, isEmpty) = FindMetadata(stored);
        output.Write(stored[..insertAt]);
        WriteRevision(revision, isEmpty, output);
        output.Write(stored[insertAt..]);
    }

    /// <summary>Writes the object's <c>metadata</c> alone, with its resourceVersion.</summary>
    /// <exception cref="JsonException">As for <see cref="WriteWithRevision"/>.</exception>
    public static void WriteMetadataWithRevision(ReadOnlySpan<byte> stored, long revision, IBufferWriter<byte> output)
    {
        var (insertAt, isEmpty) = FindMetadata(stored);
        var reader = new Utf8JsonReader(stored[(insertAt - 1)..]);
        reader.Read();
        reader.Skip();
        output.Write("{"u8);
        WriteRevision(revision, isEmpty, output);
        output.Write(stored[insertAt..(insertAt - 1 + (int)reader.BytesConsumed)]);
    }

    /// <summary>Reads <c>metadata.labels</c> and nothing else.</summary>
    /// <exception cref="JsonException">As for <see cref="WriteWithRevision"/>.</exception>
    public static IReadOnlyDictionary<string, string> ReadLabels(ReadOnlySpan<byte> stored)
    {
        var (insertAt, _) = FindMetadata(stored);
        var reader = new Utf8JsonReader(stored[(insertAt - 1)..]);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isLabels = reader.ValueTextEquals("labels"u8);
            reader.Read();
            if (isLabels && reader.TokenType == JsonTokenType.StartObject)
                return ReadMap(ref reader);
            reader.Skip();
        }

        return Meta.Maps.Empty;
    }

    public static byte[] WithRevision(ReadOnlySpan<byte> stored, long revision)
    {
        var output = new ArrayBufferWriter<byte>(stored.Length + 48);
        WriteWithRevision(stored, revision, output);
        return output.WrittenSpan.ToArray();
    }

    private static void WriteRevision(long revision, bool isLast, IBufferWriter<byte> output)
    {
        output.Write("\"resourceVersion\":\""u8);
        var span = output.GetSpan(20);
        Utf8Formatter.TryFormat(revision, span, out var written);
        output.Advance(written);
        output.Write(isLast ? "\""u8 : "\","u8);
    }

    private static Dictionary<string, string> ReadMap(ref Utf8JsonReader reader)
    {
        var map = new Dictionary<string, string>(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var key = reader.GetString()!;
            reader.Read();
            map[key] = reader.GetString() ?? "";
        }

        return map;
    }

    private static (int InsertAt, bool IsEmpty) FindMetadata(ReadOnlySpan<byte> stored)
    {
        var reader = new Utf8JsonReader(stored);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isMetadata = reader.ValueTextEquals("metadata"u8);
            reader.Read();
            if (!isMetadata)
            {
                reader.Skip();
                continue;
            }

            if (reader.TokenType != JsonTokenType.StartObject)
                break;
            var insertAt = (int)reader.TokenStartIndex + 1;
            reader.Read();
            return (insertAt, reader.TokenType == JsonTokenType.EndObject);
        }

        throw new JsonException("The stored object has no metadata.");
    }
}
