using Federation.Gateway.Sources;
using Microsoft.AspNetCore.Http;

namespace Federation.Gateway.Resources;

/// <summary>Waits for the state that a read asks for.</summary>
internal static class Fresh
{
    /// <summary>RFC 7234, section 5.5: 299 is a warning of one's own; clients such as kubectl print it.</summary>
    private const string MayBeOld = "299 - \"the store cannot be asked what is newest: this is what the gateway has in memory, and it may be old\"";

    /// <param name="revision">Null: the most recent, or what is in memory and a warning when the store is away; 0: what is in memory; n: not older than that.</param>
    /// <exception cref="Http.RefusedException">504: it was not reached in time.</exception>
    public static async Task WaitFreshAsync(this HttpContext context, IResourceSource source, long? revision)
    {
        if (revision is { } atLeast)
            await source.WaitFreshAsync(atLeast, context.RequestAborted);
        else if (!await source.WaitLatestAsync(context.RequestAborted))
            context.Response.Headers.Append("Warning", MayBeOld);
    }
}
