using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Federation.Api.Meta;
using Federation.Gateway.Protobuf;
using Federation.Yaml;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;

namespace Federation.Gateway.Http;

/// <summary>Reads request bodies: JSON, or YAML and protobuf that become JSON.</summary>
internal static class RequestBody
{
    private static readonly string[] ObjectTypes = ["application/json", "application/yaml", ProtobufBody.MediaType];

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>An object's body as UTF-8 JSON; empty when there is none.</summary>
    /// <exception cref="RefusedException">413, 415, or 400 for YAML and protobuf that is none.</exception>
    public static async Task<ReadOnlyMemory<byte>> ReadObjectAsync(HttpContext context, long limit)
    {
        var mediaType = MediaType(context);
        var isYaml = mediaType is "application/yaml" or "application/x-yaml" or "text/yaml";
        if (!isYaml && mediaType is not (null or "application/json" or ProtobufBody.MediaType))
            throw new RefusedException(Statuses.UnsupportedMediaType(ObjectTypes));

        var body = await ReadAsync(context, limit);
        return isYaml ? FromYaml(body) : mediaType == ProtobufBody.MediaType ? FromProtobuf(body) : CheckText(body);
    }

    public static string? MediaType(HttpContext context) =>
        context.Request.ContentType is { Length: > 0 } text && MediaTypeHeaderValue.TryParse(text, out var parsed) ? parsed.MediaType.Value?.ToLowerInvariant() : null;

    public static async Task<ReadOnlyMemory<byte>> ReadAsync(HttpContext context, long limit)
    {
        if (context.Request.ContentLength > limit)
            throw new RefusedException(Statuses.RequestEntityTooLarge(limit));
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } feature)
            feature.MaxRequestBodySize = null;
        var buffer = new ArrayBufferWriter<byte>((int)Math.Clamp(context.Request.ContentLength ?? 0, 1024, 1024 * 1024));
        var reader = context.Request.BodyReader;
        while (true)
        {
            var read = await reader.ReadAsync(context.RequestAborted);
            if (buffer.WrittenCount + read.Buffer.Length > limit)
                throw new RefusedException(Statuses.RequestEntityTooLarge(limit));
            foreach (var segment in read.Buffer)
                buffer.Write(segment.Span);
            reader.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
                return buffer.WrittenMemory;
        }
    }

    /// <summary>JSON whose texts are text. Escapes that are half a surrogate pair are JSON all the same, and readers find them only when they look at the very value.</summary>
    /// <exception cref="RefusedException">400.</exception>
    public static ReadOnlyMemory<byte> CheckText(ReadOnlyMemory<byte> json)
    {
        if (!Utf8.IsValid(json.Span))
            throw new RefusedException(Statuses.BadRequest("the body is not valid UTF-8"));
        if (json.Span.IndexOf("\\u"u8) < 0)
            return json;
        try
        {
            var reader = new Utf8JsonReader(json.Span);
            while (reader.Read())
            {
                if (reader.ValueIsEscaped)
                    _ = reader.GetString();
            }
        }
        catch (JsonException)
        {
            // No JSON at all: whoever decodes it says where.
        }
        catch (InvalidOperationException)
        {
            throw new RefusedException(Statuses.BadRequest("the body is not valid Unicode text"));
        }

        return json;
    }

    /// <summary>A body whose fields the gateway itself looks at.</summary>
    public static JsonDocument Parse(ReadOnlyMemory<byte> json)
    {
        try
        {
            var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 64 });
            if (document.RootElement.ValueKind == JsonValueKind.Object)
                return document;
            document.Dispose();
            throw new RefusedException(Statuses.BadRequest("the body must be a JSON object"));
        }
        catch (JsonException wrong)
        {
            throw new RefusedException(Statuses.BadRequest($"the body is not valid JSON: {wrong.Message}"));
        }
    }

    /// <exception cref="RefusedException">400: no YAML, or more than one document.</exception>
    public static ReadOnlyMemory<byte> FromYaml(ReadOnlyMemory<byte> body)
    {
        try
        {
            var documents = YamlReader.Read(StrictUtf8.GetString(body.Span));
            return documents.Count switch
            {
                0 => default,
                1 => documents[0].Json,
                _ => throw new RefusedException(Statuses.BadRequest($"the body has {documents.Count} YAML documents; send one object at a time")),
            };
        }
        catch (Exception wrong) when (wrong is YamlSyntaxException or DecoderFallbackException)
        {
            throw new RefusedException(Statuses.BadRequest($"the body is not valid YAML: {wrong.Message}"));
        }
    }

    private static ReadOnlyMemory<byte> FromProtobuf(ReadOnlyMemory<byte> body)
    {
        try
        {
            return body.IsEmpty ? body : ProtobufBody.ToJson(body.Span);
        }
        catch (WireFormatException wrong)
        {
            throw new RefusedException(Statuses.BadRequest($"the body is not valid protobuf: {wrong.Message}"));
        }
    }
}
