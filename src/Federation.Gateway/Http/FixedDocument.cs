using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Federation.Gateway.Http;

/// <summary>A document that stays the same as long as this build runs: made once, and not sent to a client that has it already.</summary>
internal sealed class FixedDocument
{
    /// <summary>May be kept, but is asked about each time.</summary>
    public const string AskAgain = "public, no-cache";

    private readonly byte[] _content;
    private readonly string _contentType;
    private readonly EntityTagHeaderValue _tag;

    public FixedDocument(JsonObject document, string contentType = Answers.Json)
        : this(Encoding.UTF8.GetBytes(document.ToJsonString()), contentType)
    {
    }

    public FixedDocument(byte[] content, string contentType)
    {
        _content = content;
        _contentType = contentType;
        Hash = Convert.ToHexString(SHA256.HashData(_content));
        _tag = new EntityTagHeaderValue($"\"{Hash}\"");
    }

    /// <summary>Upper-case hex SHA-256 of the content.</summary>
    public string Hash { get; }

    public Task ServeAsync(HttpContext context, string cacheControl = AskAgain)
    {
        var headers = context.Response.GetTypedHeaders();
        headers.ETag = _tag;
        context.Response.Headers.CacheControl = cacheControl;
        // RFC 9110, section 13.1.2: If-None-Match compares weakly.
        if (context.Request.GetTypedHeaders().IfNoneMatch is { Count: > 0 } known && known.Any(tag => tag.Tag == "*" || tag.Compare(_tag, useStrongComparison: false)))
        {
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            return Task.CompletedTask;
        }

        return context.WriteJsonAsync(_content, _contentType);
    }
}
