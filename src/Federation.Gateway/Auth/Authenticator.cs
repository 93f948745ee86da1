using Federation.Api;
using Federation.Api.Credentials;
using Federation.Gateway.Sources;
using Federation.Storage.Cache;

namespace Federation.Gateway.Auth;

/// <summary>Finds the credential of a bearer token in memory. What was revoked is gone from there as soon as the log says so.</summary>
internal sealed class Authenticator(IObjectCache cache, TimeProvider time)
{
    /// <summary>Null: no valid credential has this token.</summary>
    public Caller? Authenticate(string? authorization)
    {
        const string Scheme = "Bearer ";
        if (authorization is null || !authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
            return null;
        var token = authorization[Scheme.Length..].Trim();
        if (token.Length is 0 or > TokenSecret.LongestToken)
            return null;
        var hash = TokenSecret.Hash(token);
        var found = cache.Current(ObjectKey.ClusterScoped(Credential.KindName, TokenSecret.CredentialName(hash)));
        if (found is null || ObjectView.Of(found).Resource is not Credential { IsDeleting: false } credential)
            return null;
        var spec = credential.Spec;
        // The name holds only a part of the hash.
        if (!TokenSecret.AreEqual(spec.TokenHash, hash) || spec.ExpiresAt <= time.GetUtcNow())
            return null;
        return new Caller(spec.Role, spec.Subject, spec.Cluster, credential.Metadata.Name, found.Uid);
    }
}
