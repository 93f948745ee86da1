using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Federation.TestKit.Docker;

/// <summary>How a registry is told who asks.</summary>
public enum RegistryScheme
{
    /// <summary>User and password with each request.</summary>
    Basic,

    /// <summary>With a token for one repository, which a server for tokens gives for user and password, or for an identity token (distribution token authentication).</summary>
    Bearer,
}

/// <summary>Who may read from a registry. Its server for tokens answers at <see cref="TokenPath"/>.</summary>
internal sealed class RegistryAccess(string username, string password, RegistryScheme scheme)
{
    public const string TokenPath = "/token";
    private const string Service = "test-registry";
    private const string Anybody = "";

    /// <summary>Who is given a token: to whom, and for what.</summary>
    private readonly ConcurrentDictionary<string, (string User, string Scope)> _tokens = new(StringComparer.Ordinal);

    /// <summary>Stands for user and password.</summary>
    private readonly string _identityToken = $"identity-of-{username}";

    /// <returns>Null: it may have what it asks for.</returns>
    public RegistryFault? Refuse(HttpRequest request, string host)
    {
        if (scheme == RegistryScheme.Basic)
            return IsKnown(request) ? null : Unauthorized("Basic realm=\"test\"");
        var path = (request.Path.Value ?? "").Split('/');
        // "/v2/" itself asks for a token for nothing in particular.
        var scope = path.Length > 4 ? $"repository:{string.Join('/', path[2..^2])}:pull" : "";
        var challenge = $"Bearer realm=\"http://{host}{TokenPath}\",service=\"{Service}\"{(scope.Length == 0 ? "" : $",scope=\"{scope}\"")}";
        var header = request.Headers.Authorization.ToString();
        if (!header.StartsWith("Bearer ", StringComparison.Ordinal) || !_tokens.TryGetValue(header["Bearer ".Length..], out var grant))
            return Unauthorized(challenge);
        if (scope.Length == 0 || (grant.User != Anybody && grant.Scope == scope))
            return null;
        return new RegistryFault(401, "DENIED", "requested access to the resource is denied", $"{challenge},error=\"insufficient_scope\"");
    }

    /// <summary>Gives a token. Anybody gets one, as large registries do it; it opens nothing.</summary>
    public async Task GiveTokenAsync(HttpContext context)
    {
        var fields = context.Request.HasFormContentType
            ? (await context.Request.ReadFormAsync()).ToDictionary(pair => pair.Key, pair => pair.Value.ToString())
            : context.Request.Query.ToDictionary(pair => pair.Key, pair => pair.Value.ToString());
        var hasNoCredentials = context.Request.Headers.Authorization.Count == 0 && !fields.ContainsKey("grant_type");
        if (fields.GetValueOrDefault("service") != Service || !(hasNoCredentials || IsKnown(context.Request) || IsGranted(fields)))
        {
            context.Response.StatusCode = 401;
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync("""{"details":"incorrect username or password"}""");
            return;
        }

        var token = Convert.ToHexString(RandomNumberGenerator.GetBytes(16));
        _tokens[token] = (hasNoCredentials ? Anybody : username, fields.GetValueOrDefault("scope", ""));
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync($$"""{"token":"{{token}}","access_token":"{{token}}","expires_in":300}""");
    }

    private bool IsGranted(Dictionary<string, string> fields) => fields.GetValueOrDefault("grant_type") switch
    {
        "refresh_token" => fields.GetValueOrDefault("refresh_token") == _identityToken,
        "password" => fields.GetValueOrDefault("username") == username && fields.GetValueOrDefault("password") == password,
        _ => false,
    };

    private bool IsKnown(HttpRequest request) =>
        AuthenticationHeaderValue.TryParse(request.Headers.Authorization, out var header)
        && header is { Scheme: "Basic", Parameter: { } encoded }
        && encoded == Convert.ToBase64String(Encoding.UTF8.GetBytes($"{username}:{password}"));

    private static RegistryFault Unauthorized(string challenge) => new(401, "UNAUTHORIZED", "authentication required", challenge);
}
