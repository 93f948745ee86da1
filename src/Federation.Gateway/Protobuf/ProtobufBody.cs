using System.Buffers;
using System.Text.Json;

namespace Federation.Gateway.Protobuf;

/// <summary>Reads the bodies that kubectl's typed commands send from version 1.32 on: <c>k8s\0</c>, an envelope that names the kind, and the object's message.</summary>
internal static class ProtobufBody
{
    public const string MediaType = "application/vnd.kubernetes.protobuf";

    private static ReadOnlySpan<byte> Magic => "k8s\0"u8;

    /// <summary>The object as UTF-8 JSON, as the client would have sent it in that form. Fields of a later version of the kind are left out: they have no names here.</summary>
    /// <exception cref="WireFormatException">It is no such body, or of a kind that is not known in this form.</exception>
    public static ReadOnlyMemory<byte> ToJson(ReadOnlySpan<byte> body)
    {
        if (!body.StartsWith(Magic))
            throw new WireFormatException("it does not begin with k8s\\0");
        var (apiVersion, kind, raw) = Open(body);
        var shape = KubernetesMessages.Find(apiVersion, kind)
            ?? throw new WireFormatException($"{kind} of {apiVersion} is not served in this form; send JSON or YAML (with kubectl: create -f or apply -f)");
        var json = new ArrayBufferWriter<byte>(body.Length + 256);
        using (var writer = new Utf8JsonWriter(json, new JsonWriterOptions { SkipValidation = true }))
        {
            writer.WriteStartObject();
            writer.WriteString("apiVersion"u8, apiVersion);
            writer.WriteString("kind"u8, kind);
            new MessageWriter(body, writer).WriteFields(raw, shape);
            writer.WriteEndObject();
        }

        return json.WrittenMemory;
    }

    private static (string ApiVersion, string Kind, Range Raw) Open(ReadOnlySpan<byte> body)
    {
        var (apiVersion, kind) = ("", "");
        Range raw = body.Length..;
        var envelope = new WireReader(body, Magic.Length..);
        while (envelope.TryRead(out var field))
        {
            if (field is { Number: 1, Type: WireType.Bytes })
            {
                var type = new WireReader(body, field.Bytes);
                while (type.TryRead(out var name))
                {
                    if (name is { Number: 1, Type: WireType.Bytes })
                        apiVersion = MessageWriter.TextOf(body[name.Bytes]);
                    else if (name is { Number: 2, Type: WireType.Bytes })
                        kind = MessageWriter.TextOf(body[name.Bytes]);
                }
            }
            else if (field is { Number: 2, Type: WireType.Bytes })
            {
                raw = field.Bytes;
            }
            else if (field is { Number: 3, Type: WireType.Bytes } && !body[field.Bytes].IsEmpty)
            {
                throw new WireFormatException("its content is encoded");
            }
        }

        return (apiVersion, kind, raw);
    }
}
