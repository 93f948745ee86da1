using Federation.Api.Meta;
using Federation.Gateway.Hosting;
using Federation.Gateway.Http;
using Federation.Gateway.Sources;
using Federation.Grains.Objects;
using Microsoft.AspNetCore.Http;

namespace Federation.Gateway.Resources;

/// <summary><c>DELETE</c> of a collection: every object that the selectors match goes, as a delete of each would have it.</summary>
internal sealed class DeleteCollectionEndpoint(WriteEndpoint writes, GatewayOptions options)
{
    /// <summary>Deletes under way at once: enough to share the store's group commits, too few to keep other writers out.</summary>
    private const int AtOnce = 32;

    /// <remarks>Not atomic. The first refusal ends it and is the answer; what was deleted before stays deleted.</remarks>
    public async Task ServeAsync(HttpContext context, KindServer server, string? @namespace)
    {
        var query = context.Request.Query;
        var filter = ObjectFilter.Parse(server.Kind, @namespace, query);
        var limit = query.NaturalNumber("limit") is { } number and > 0 ? number : int.MaxValue;
        var request = await DeleteRequest.ReadAsync(context, options.BodyLimit);
        await context.WaitFreshAsync(server.Source, revision: null);
        var doomed = filter.Candidates(server.Source.List(server.Kind.Kind, filter.Namespace)).Where(filter.Matches).Take(limit);
        foreach (var chunk in doomed.Chunk(AtOnce))
        {
            var results = await Task.WhenAll(chunk.Select(view => DeleteAsync(context, view, request)));
            if (results.FirstOrDefault(result => result.Failure is { Reason: not StatusReasons.NotFound }) is { Failure: { } failure })
            {
                await context.WriteStatusAsync(failure);
                return;
            }
        }

        await context.WriteStatusAsync(Statuses.CollectionDeleted(server.Kind));
    }

    /// <remarks>Only the object that was seen: one that was deleted and created again meanwhile is another.</remarks>
    private Task<WriteResult> DeleteAsync(HttpContext context, ObjectView view, DeleteRequest request) =>
        writes.SendAsync(context, view.Key, request.ToCommand() with { Uid = request.Uid ?? view.Resource.Metadata.Uid });
}
