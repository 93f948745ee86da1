using Federation.Api.Agents;
using Federation.Api.Credentials;
using Federation.Api.Reviews;

namespace Federation.Gateway.Auth;

/// <summary>Who may use what. The only place that decides it: requests are let in by it, and reviews are answered from it.
/// <code>
/// path                              admin   agent          join token
/// /healthz /livez /readyz /version  anybody, without a token
/// questions about oneself           yes     yes            yes
/// /agent/v1/join                    403     403            yes
/// /agent/v1/clusters/NAME/...       403     its own only   403
/// everything else                   yes     403            403
/// </code>
/// </summary>
internal static class AccessRules
{
    private const string ClusterPrefix = "/agent/v1/clusters/";

    private static readonly string[] PublicPaths = ["/healthz", "/livez", "/readyz", "/version"];

    /// <summary>Whoever has a valid token may ask what it is good for.</summary>
    private static readonly string[] ReviewPaths = [.. ReviewKinds.All.Select(kind => $"/apis/{kind.ApiVersion}/{kind.Plural}")];

    public static bool IsPublic(string path) => PublicPaths.Contains(path);

    public static bool MayUse(Caller caller, string path)
    {
        if (IsPublic(path) || ReviewPaths.Contains(path))
            return true;
        if (path.Equals(AgentPaths.Join, StringComparison.OrdinalIgnoreCase))
            return caller.Role == CredentialRole.Join;
        if (!path.StartsWith(ClusterPrefix, StringComparison.OrdinalIgnoreCase))
            return caller.Role == CredentialRole.Admin;
        var name = path.AsSpan(ClusterPrefix.Length);
        var end = name.IndexOf('/');
        // Names are compared as they are: routing takes the segment as it is, too.
        return caller.Role == CredentialRole.Agent && caller.Cluster is { Length: > 0 } own && (end < 0 ? name : name[..end]).SequenceEqual(own);
    }

    /// <summary>What the caller can do with objects. No rule depends on the verb or the namespace.</summary>
    public static IReadOnlyList<ResourceRule> ResourceRulesOf(Caller caller) => caller.Role == CredentialRole.Admin
        ? [new ResourceRule { Verbs = ["*"], ApiGroups = ["*"], Resources = ["*"] }]
        : [.. ReviewKinds.All.Select(kind => new ResourceRule { Verbs = ["create"], ApiGroups = [kind.Group], Resources = [kind.Plural] })];

    /// <summary>The paths that the caller can use besides objects.</summary>
    public static IReadOnlyList<string> PathsOf(Caller caller) => caller.Role switch
    {
        CredentialRole.Admin => [.. PublicPaths, "/", "/api", "/api/*", "/apis", "/apis/*", "/federation/*", "/metrics", "/openapi/*", AgentPaths.Tokens],
        CredentialRole.Agent => [.. PublicPaths, $"{ClusterPrefix}{caller.Cluster}/*"],
        _ => [.. PublicPaths, AgentPaths.Join],
    };
}
