using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;

namespace Federation.Gateway.Http;

/// <summary>Compresses long answers for clients that ask for it: lists, objects and documents. Streams (watches, logs, what agents follow) stay as they are: each piece is due at once.</summary>
internal sealed class CompressionMiddleware(RequestDelegate next)
{
    private static readonly string[] Compressed = ["/api", "/apis", "/openapi"];
    private static readonly string[] Streams = ["/log", "/exec", "/attach", "/portforward"];

    public Task InvokeAsync(HttpContext context) =>
        IsCompressible(context.Request) && context.Features.Get<IHttpResponseBodyFeature>() is { } body ? ServeAsync(context, body) : next(context);

    private static bool IsCompressible(HttpRequest request)
    {
        var path = request.Path;
        return HttpMethods.IsGet(request.Method)
            && Array.Exists(Compressed, prefix => path.StartsWithSegments(prefix, StringComparison.Ordinal))
            && !Array.Exists(Streams, suffix => path.Value!.EndsWith(suffix, StringComparison.Ordinal))
            && !request.Query.ContainsKey("watch")
            && StringWithQualityHeaderValue.TryParseList(request.Headers.AcceptEncoding, out var codings)
            && codings.Any(static coding => coding.Value.Equals("gzip", StringComparison.OrdinalIgnoreCase) && coding.Quality is not 0);
    }

    private async Task ServeAsync(HttpContext context, IHttpResponseBodyFeature body)
    {
        context.AddVary("Accept-Encoding");
        await using var compressing = new GzipResponseBody(context, body);
        context.Features.Set<IHttpResponseBodyFeature>(compressing);
        try
        {
            await next(context);
            await compressing.FinishAsync();
        }
        finally
        {
            context.Features.Set(body);
        }
    }
}
