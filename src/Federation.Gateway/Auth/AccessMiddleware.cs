using Federation.Api.Meta;
using Federation.Gateway.Http;
using Microsoft.AspNetCore.Http;

namespace Federation.Gateway.Auth;

/// <summary>Lets in whom <see cref="AccessRules"/> let in. No or no valid token: 401.</summary>
internal sealed class AccessMiddleware(RequestDelegate next, Authenticator authenticator)
{
    public Task InvokeAsync(HttpContext context)
    {
        var path = context.Request.Path.Value ?? "/";
        if (AccessRules.IsPublic(path))
            return next(context);
        if (authenticator.Authenticate(context.Request.Headers.Authorization) is not { } caller)
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
            return context.WriteStatusAsync(Statuses.Unauthorized());
        }

        if (!AccessRules.MayUse(caller, path))
            return context.WriteStatusAsync(Statuses.Forbidden($"{caller.Role} \"{caller.Subject}\" cannot use {path}"));
        caller.AttachTo(context);
        return next(context);
    }
}
