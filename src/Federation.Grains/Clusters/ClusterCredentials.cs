using Federation.Api;
using Federation.Api.Credentials;
using Federation.Api.Json;
using Federation.Api.Meta;
using Federation.Grains.Objects;
using Federation.Storage.Cache;

namespace Federation.Grains.Clusters;

/// <summary>A deleted cluster's agent must not come back with its old credential.</summary>
internal sealed class ClusterCredentials(IGrainFactory grains, IObjectCache cache)
{
    /// <summary>Held by a Cluster until its agent's credential is gone.</summary>
    public const string Finalizer = "federation/credential";

    public async Task DeleteAsync(string cluster, CancellationToken cancellationToken)
    {
        foreach (var cached in cache.List(Credential.KindName))
        {
            var credential = (Credential)ApiJson.Read(Kinds.Credential, cached.Json.Span);
            if (credential.Spec.Role != CredentialRole.Agent || credential.Spec.Cluster != cluster)
                continue;
            var result = await grains.GetObjectGrain(cached.Key).WriteAsync(new WriteCommand { Verb = WriteVerb.Delete, Uid = cached.Uid }, cancellationToken);
            if (result.Failure is { } failure && failure.Reason is not (StatusReasons.NotFound or StatusReasons.Conflict))
                throw new InvalidOperationException($"The credential {cached.Key.Name} of cluster {cluster} was not deleted: {failure.Message}");
        }
    }
}
