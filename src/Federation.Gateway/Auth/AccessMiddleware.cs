using Federation.Api.Meta;
using Federation.Gateway.Http;
using Federation.Gateway.Sources;
using Microsoft.AspNetCore.Http;

namespace Federation.Gateway.Auth;

/// <summary>Lets in whom <see cref="AccessRules"/> let in. No or no valid token: 401.</summary>
internal sealed class AccessMiddleware(RequestDelegate next, Authenticator authenticator, Freshness freshness)
{
    public async Task InvokeAsync(HttpContext context)
    {
        var path = context.Request.Path.Value ?? "/";
        if (AccessRules.IsPublic(path))
        {
            await next(context);
            return;
        }

        if ((authenticator.Authenticate(context.Request.Headers.Authorization) ?? await AuthenticateLatestAsync(context)) is not { } caller)
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
            await context.WriteStatusAsync(Statuses.Unauthorized());
            return;
        }

        if (!AccessRules.MayUse(caller, path))
        {
            await context.WriteStatusAsync(Statuses.Forbidden($"{caller.Role} \"{caller.Subject}\" cannot use {path}"));
            return;
        }

        caller.AttachTo(context);
        await next(context);
    }

    /// <summary>Another gateway may have made the credential a moment ago. However many strangers knock, the store is asked one question at a time.</summary>
    private async ValueTask<Caller?> AuthenticateLatestAsync(HttpContext context)
    {
        if (context.Request.Headers.Authorization.Count == 0)
            return null;
        await freshness.WaitLatestAsync(context.RequestAborted);
        return authenticator.Authenticate(context.Request.Headers.Authorization);
    }
}
