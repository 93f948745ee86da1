using Federation.Api;
using Federation.Api.Agents;
using Federation.Api.Clusters;
using Federation.Api.Credentials;
using Federation.Api.Json;
using Federation.Api.Meta;
using Federation.Gateway.Auth;
using Federation.Gateway.Hosting;
using Federation.Gateway.Http;
using Federation.Gateway.Sources;
using Federation.Grains.Objects;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Federation.Gateway.Agents;

/// <summary>Lets clusters in: an administrator makes a one-time token, the agent trades it for a credential of its own.</summary>
internal sealed partial class JoinEndpoint(
    IGrainFactory grains, CredentialWriter credentials, Freshness freshness, GatewayOptions options, TimeProvider time, ILogger<JoinEndpoint> logger)
{
    private static readonly TimeSpan DefaultValidity = TimeSpan.FromHours(1);
    private static readonly TimeSpan LongestValidity = TimeSpan.FromDays(30);

    public async Task CreateTokenAsync(HttpContext context)
    {
        var request = await AgentEndpoints.ReadAsync<JoinTokenRequest>(context, options.BodyLimit);
        var validity = request.ValidSeconds is { } seconds ? seconds : DefaultValidity.TotalSeconds;
        if (!(validity > 0 && validity <= LongestValidity.TotalSeconds))
            throw new RefusedException(Statuses.BadRequest($"validSeconds: must be above 0 and at most {LongestValidity.TotalSeconds:0}"));
        if (request.Cluster is { } cluster)
            CheckPlaced(new JoinRequest { Cluster = cluster, Region = "any" });
        var expiresAt = time.GetUtcNow() + TimeSpan.FromSeconds(validity);
        var token = await credentials.CreateAsync(
            new CredentialSpec { Role = CredentialRole.Join, Subject = $"join:{request.Cluster ?? "*"}", Cluster = request.Cluster, ExpiresAt = expiresAt }, context.RequestAborted);
        context.Response.StatusCode = StatusCodes.Status201Created;
        await context.WriteJsonAsync(ApiJson.ToUtf8(new JoinToken { Token = token, ExpiresAt = expiresAt }));
    }

    public async Task JoinAsync(HttpContext context)
    {
        var caller = Caller.Of(context);
        var request = await AgentEndpoints.ReadAsync<JoinRequest>(context, options.BodyLimit);
        // What can be refused is refused before the token is used up.
        CheckPlaced(request);
        if (caller.Cluster is { } only && only != request.Cluster)
            throw new RefusedException(Statuses.Forbidden($"the join token is for cluster {only}, not {request.Cluster}"));

        // First of all: of two agents with one token, one gets in.
        if (!await credentials.RevokeAsync(caller.CredentialName, caller.CredentialUid, context.RequestAborted))
            throw new RefusedException(Statuses.Unauthorized());
        var joined = await grains.GetClusterGrain(request.Cluster).JoinAsync(request, context.RequestAborted);
        if (joined.Failure is { } failure)
            throw new RefusedException(failure);
        freshness.Acknowledge(joined.Revision);

        var token = TokenSecret.Create();
        await credentials.WriteAsync(
            token, new CredentialSpec { Role = CredentialRole.Agent, Subject = $"agent:{request.Cluster}", Cluster = request.Cluster }, context.RequestAborted);
        await credentials.RevokeOthersAsync(request.Cluster, TokenSecret.CredentialName(TokenSecret.Hash(token)), context.RequestAborted);
        LogJoined(request.Cluster, request.Region, caller.Subject);
        var lease = ((Cluster)joined.Object!).Spec.LeaseDuration?.TotalSeconds ?? 0;
        await context.WriteJsonAsync(ApiJson.ToUtf8(new JoinAnswer { Cluster = request.Cluster, Credential = token, LeaseSeconds = lease }));
    }

    /// <exception cref="RefusedException">422 with every wrong field of the Cluster that this would become.</exception>
    private static void CheckPlaced(JoinRequest request)
    {
        var cluster = new Cluster
        {
            Metadata = new ObjectMeta { Name = request.Cluster, Labels = request.Labels },
            Spec = new ClusterSpec { Region = request.Region, Zone = request.Zone, Provider = request.Provider, Addresses = request.Addresses },
        };
        if (Kinds.Cluster.Validate(Kinds.Cluster.Default(cluster)) is { Count: > 0 } errors)
            throw new RefusedException(Statuses.Invalid(Kinds.Cluster, request.Cluster, errors));
    }

    [LoggerMessage(EventId = 4302, Level = LogLevel.Information, Message = "Cluster {Cluster} in region {Region} joined with {Token}")]
    private partial void LogJoined(string cluster, string region, string token);
}
