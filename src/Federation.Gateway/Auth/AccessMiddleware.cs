using Federation.Api.Agents;
using Federation.Api.Credentials;
using Federation.Api.Meta;
using Federation.Gateway.Http;
using Microsoft.AspNetCore.Http;

namespace Federation.Gateway.Auth;

/// <summary>Lets in who may be here.
/// <code>
/// path                              admin   agent          join token
/// /healthz /livez /readyz /version  anybody, without a token
/// /agent/v1/join                    403     403            yes
/// /agent/v1/clusters/NAME/...       403     its own only   403
/// everything else                   yes     403            403
/// </code>
/// No or no valid token: 401.</summary>
internal sealed class AccessMiddleware(RequestDelegate next, Authenticator authenticator)
{
    private const string ClusterPrefix = "/agent/v1/clusters/";

    public Task InvokeAsync(HttpContext context)
    {
        var path = context.Request.Path.Value ?? "/";
        if (path is "/healthz" or "/livez" or "/readyz" or "/version")
            return next(context);
        if (authenticator.Authenticate(context.Request.Headers.Authorization) is not { } caller)
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
            return context.WriteStatusAsync(Statuses.Unauthorized());
        }

        if (!MayUse(caller, path))
            return context.WriteStatusAsync(Statuses.Forbidden($"{caller.Role} \"{caller.Subject}\" cannot use {path}"));
        caller.AttachTo(context);
        return next(context);
    }

    internal static bool MayUse(Caller caller, string path)
    {
        if (path.Equals(AgentPaths.Join, StringComparison.OrdinalIgnoreCase))
            return caller.Role == CredentialRole.Join;
        if (!path.StartsWith(ClusterPrefix, StringComparison.OrdinalIgnoreCase))
            return caller.Role == CredentialRole.Admin;
        var name = path.AsSpan(ClusterPrefix.Length);
        var end = name.IndexOf('/');
        // Names are compared as they are: routing takes the segment as it is, too.
        return caller.Role == CredentialRole.Agent && caller.Cluster is { Length: > 0 } own && (end < 0 ? name : name[..end]).SequenceEqual(own);
    }
}
