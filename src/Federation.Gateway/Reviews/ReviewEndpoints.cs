using System.Text.Json;
using Federation.Api;
using Federation.Api.Meta;
using Federation.Api.Reviews;
using Federation.Gateway.Auth;
using Federation.Gateway.Discovery;
using Federation.Gateway.Hosting;
using Federation.Gateway.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Federation.Gateway.Reviews;

/// <summary>Answers callers' questions about themselves: who am I, may I, what may I.</summary>
internal sealed class ReviewEndpoints(GatewayOptions options)
{
    public static IReadOnlyList<DiscoveredResource> Resources { get; } = [.. ReviewKinds.All.Select(kind => DiscoveredResource.Of(kind, ["create"]))];

    public void Map(IEndpointRouteBuilder endpoints)
    {
        Map<SelfSubjectAccessReview>(endpoints, ReviewKinds.Access, Answer);
        Map<SelfSubjectRulesReview>(endpoints, ReviewKinds.Rules, Answer);
        Map<SelfSubjectReview>(endpoints, ReviewKinds.Identity, Answer);
        Map<SelfSubjectReview>(endpoints, ReviewKinds.OlderIdentity, Answer);
    }

    private static Resource Answer(Caller caller, SelfSubjectAccessReview review)
    {
        var path = review.Spec switch
        {
            { ResourceAttributes: { } resource, NonResourceAttributes: null } => PathOf(resource),
            { ResourceAttributes: null, NonResourceAttributes: { } other } => other.Path ?? "",
            _ => throw new RefusedException(Statuses.BadRequest("spec: exactly one of resourceAttributes and nonResourceAttributes must be set")),
        };
        var isAllowed = AccessRules.MayUse(caller, path);
        return review with { Status = new SubjectAccessReviewStatus { Allowed = isAllowed, Reason = $"{caller.Role} \"{caller.Subject}\" {(isAllowed ? "may" : "cannot")} use {path}" } };
    }

    private static Resource Answer(Caller caller, SelfSubjectRulesReview review) => review with
    {
        Status = new SubjectRulesReviewStatus
        {
            ResourceRules = AccessRules.ResourceRulesOf(caller),
            NonResourceRules = [new NonResourceRule { Verbs = ["*"], NonResourceUrls = AccessRules.PathsOf(caller) }],
        },
    };

    private static Resource Answer(Caller caller, SelfSubjectReview review) => review with
    {
        Status = new SelfSubjectReviewStatus
        {
            UserInfo = new UserInfo
            {
                Username = caller.Subject,
                Uid = caller.CredentialUid,
                Groups = [$"federation:{caller.Role.ToString().ToLowerInvariant()}", "system:authenticated"],
                Extra = caller.Cluster is { } cluster ? new Dictionary<string, IReadOnlyList<string>> { ["cluster"] = [cluster] } : new UserInfo().Extra,
            },
        },
    };

    /// <summary>The path that the action would use; the rules are about paths.</summary>
    private static string PathOf(ResourceAttributes asked)
    {
        var root = string.IsNullOrEmpty(asked.Group) ? $"/api/{asked.Version ?? "v1"}" : $"/apis/{asked.Group}/{asked.Version ?? "v1"}";
        var collection = string.IsNullOrEmpty(asked.Namespace) ? $"{root}/{asked.Resource}" : $"{root}/namespaces/{asked.Namespace}/{asked.Resource}";
        return string.Join('/', ((string?[])[collection, asked.Name, asked.Subresource]).Where(part => !string.IsNullOrEmpty(part)));
    }

    private void Map<T>(IEndpointRouteBuilder endpoints, KindDefinition kind, Func<Caller, T, Resource> answer)
        where T : Resource
    {
        endpoints.Map($"/apis/{kind.ApiVersion}/{kind.Plural}", async context =>
        {
            if (!HttpMethods.IsPost(context.Request.Method))
                throw new RefusedException(Statuses.MethodNotAllowed());
            var body = await RequestBody.ReadObjectAsync(context, options.BodyLimit);
            var result = kind.Decode(body.Span);
            if (result is not { IsValid: true, Resource: T review })
                throw new RefusedException(Statuses.Invalid(kind, "", result.Errors));
            var json = JsonSerializer.SerializeToNode(answer(Caller.Of(context), review), kind.TypeInfo)!;
            // The record knows one version of itself.
            json["apiVersion"] = kind.ApiVersion;
            context.Response.StatusCode = StatusCodes.Status201Created;
            await context.WriteJsonAsync(json);
        });
    }
}
