using Federation.Api;
using Federation.Api.Credentials;
using Federation.Api.Json;
using Federation.Api.Meta;
using Federation.Gateway.Http;
using Federation.Gateway.Sources;
using Federation.Grains.Objects;
using Federation.Storage.Cache;

namespace Federation.Gateway.Auth;

/// <summary>Makes and revokes credentials. They are objects like any other, so every gateway learns of them from the log.</summary>
internal sealed class CredentialWriter(IGrainFactory grains, IObjectCache cache, Freshness freshness)
{
    /// <summary>The token of the new credential: the only time it exists in clear.</summary>
    public async Task<string> CreateAsync(CredentialSpec spec, CancellationToken cancellationToken)
    {
        var token = TokenSecret.Create();
        await WriteAsync(token, spec, cancellationToken);
        return token;
    }

    /// <summary>A credential for a token that exists already (the kubeconfig has it).</summary>
    public async Task WriteAsync(string token, CredentialSpec spec, CancellationToken cancellationToken)
    {
        var hash = TokenSecret.Hash(token);
        var credential = new Credential
        {
            Metadata = new ObjectMeta { Name = TokenSecret.CredentialName(hash) },
            Spec = spec with { TokenHash = hash },
        };
        var result = await grains.GetObjectGrain(credential.Key).WriteAsync(
            new WriteCommand { Verb = WriteVerb.Create, Body = ApiJson.Write(credential), Actor = "gateway" }, cancellationToken);
        if (result.Failure is { } failure && failure.Reason != StatusReasons.AlreadyExists)
            throw new RefusedException(failure);
        await freshness.AcknowledgeAsync(result.Revision, cancellationToken);
    }

    /// <summary>True: this call revoked it. False: it was gone already.</summary>
    public async Task<bool> RevokeAsync(string name, string uid, CancellationToken cancellationToken)
    {
        var key = ObjectKey.ClusterScoped(Credential.KindName, name);
        var result = await grains.GetObjectGrain(key).WriteAsync(new WriteCommand { Verb = WriteVerb.Delete, Uid = uid, Actor = "gateway" }, cancellationToken);
        if (result.Failure is { } failure)
            return failure.Reason is StatusReasons.NotFound or StatusReasons.Conflict ? false : throw new RefusedException(failure);
        await freshness.AcknowledgeAsync(result.Revision, cancellationToken);
        return true;
    }

    /// <summary>Revokes an agent's credentials but the newest: who joins again has lost the old one, or somebody else has it.</summary>
    public async Task RevokeOthersAsync(string cluster, string keepName, CancellationToken cancellationToken)
    {
        foreach (var cached in cache.List(Credential.KindName))
        {
            if (ObjectView.Of(cached).Resource is Credential { Spec.Role: CredentialRole.Agent } credential && credential.Spec.Cluster == cluster && credential.Metadata.Name != keepName)
                await RevokeAsync(credential.Metadata.Name, cached.Uid, cancellationToken);
        }
    }
}
