using System.Text.Json;
using System.Text.Json.Nodes;
using Federation.Api.Json;
using Federation.Api.Meta;
using Microsoft.AspNetCore.Http;

namespace Federation.Gateway.Http;

/// <summary>Writes answers.</summary>
internal static class Answers
{
    public const string Json = "application/json";

    /// <summary>Says that the answer depends on a header of the request, so that caches keep the answers apart.</summary>
    public static void AddVary(this HttpContext context, string header) => context.Response.Headers.Append("Vary", header);

    public static Task WriteStatusAsync(this HttpContext context, Status status)
    {
        if (context.Response.HasStarted)
            return Task.CompletedTask;
        context.Response.StatusCode = status.Code;
        if (status.Details?.RetryAfterSeconds is { } seconds)
            context.Response.Headers.RetryAfter = seconds.ToString();
        return context.WriteJsonAsync(ApiJson.ToUtf8(status));
    }

    public static async Task WriteJsonAsync(this HttpContext context, ReadOnlyMemory<byte> utf8, string contentType = Json)
    {
        context.Response.ContentType = contentType;
        context.Response.ContentLength = utf8.Length;
        // A HEAD asks for the headers only.
        if (!HttpMethods.IsHead(context.Request.Method))
            await context.Response.BodyWriter.WriteAsync(utf8, context.RequestAborted);
    }

    public static Task WriteJsonAsync(this HttpContext context, JsonNode node) =>
        context.WriteJsonAsync(JsonSerializer.SerializeToUtf8Bytes(node, GatewayJsonContext.Default.JsonNode));

    public static async Task WriteTextAsync(this HttpContext context, int code, string text)
    {
        context.Response.StatusCode = code;
        context.Response.ContentType = "text/plain; charset=utf-8";
        await context.Response.WriteAsync(text, context.RequestAborted);
    }
}
