using Federation.Api.Credentials;
using Microsoft.AspNetCore.Http;

namespace Federation.Gateway.Auth;

/// <summary>Who sends a request, as proven by the bearer token.</summary>
internal sealed record Caller(CredentialRole Role, string Subject, string? Cluster, string CredentialName, string CredentialUid)
{
    private static readonly object Key = new();

    public static Caller Of(HttpContext context) => (Caller)context.Items[Key]!;

    public void AttachTo(HttpContext context) => context.Items[Key] = this;
}
