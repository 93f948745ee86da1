using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Federation.Api.Meta;
using Federation.Gateway.Http;
using Federation.Gateway.Sources;
using Federation.Gateway.Tables;
using Federation.Gateway.Telemetry;
using Microsoft.AspNetCore.Http;

namespace Federation.Gateway.Resources;

/// <summary><c>GET</c> of a collection.</summary>
internal sealed class ListEndpoint(ContinueTokens tokens, TableWriter tables, GatewayMetrics metrics)
{
    /// <summary>A long list is sent in pieces of about this many bytes.</summary>
    private const int FlushAt = 256 * 1024;

    public async Task ServeAsync(HttpContext context, KindServer server, string? @namespace)
    {
        var query = context.Request.Query;
        var form = AcceptHeader.FormOf(context);
        var filter = ObjectFilter.Parse(server.Kind, @namespace, query);
        var page = await ReadPageAsync(server, filter, query, context.RequestAborted);
        metrics.Listed(server.Kind.Plural, page.Items.Count);
        context.Response.ContentType = Answers.Json;
        if (form == AnswerForm.Table)
        {
            var meta = new TableMeta(page.Revision, page.Continue, page.Remaining);
            await context.WriteJsonAsync(tables.WriteTable(server.Kind, page.Items, meta, TableWriter.IncludeObjectOf(query), withColumns: true));
            return;
        }

        var body = context.Response.BodyWriter;
        WriteHead(server, page, body);
        for (var index = 0; index < page.Items.Count; index++)
        {
            if (index > 0)
                body.Write(","u8);
            page.Items[index].WriteTo(body);
            if (body.UnflushedBytes > FlushAt)
                await body.FlushAsync(context.RequestAborted);
        }

        body.Write("]}\n"u8);
        await body.FlushAsync(context.RequestAborted);
    }

    private async Task<Page> ReadPageAsync(KindServer server, ObjectFilter filter, IQueryCollection query, CancellationToken cancellationToken)
    {
        var limit = query.NaturalNumber("limit") is { } number and > 0 ? number : int.MaxValue;
        var token = query["continue"].ToString();
        var revision = query.Revision();
        if (token.Length > 0)
        {
            if (revision is > 0)
                throw new RefusedException(Statuses.BadRequest("specifying resource version is not allowed when using continue"));
            return Take(server, filter, tokens.Resume(server.Kind, filter.Namespace, token, server.Source), limit);
        }

        await server.Source.WaitFreshAsync(revision ?? 0, cancellationToken);
        var snapshot = server.Source.List(server.Kind.Kind, filter.Namespace);
        switch (query["resourceVersionMatch"].ToString())
        {
            case "Exact" when revision is > 0 && revision != snapshot.Revision:
                throw new RefusedException(Statuses.Expired($"The resource version {revision} is no longer kept; the newest is {snapshot.Revision}"));
            case "" or "Exact" or "NotOlderThan":
                break;
            case var other:
                throw new RefusedException(Statuses.BadRequest($"invalid resourceVersionMatch \"{other}\": must be Exact or NotOlderThan"));
        }

        return Take(server, filter, snapshot, limit);
    }

    private Page Take(KindServer server, ObjectFilter filter, Snapshot snapshot, int limit)
    {
        var items = new List<ObjectView>(Math.Min(limit, filter.HasNoSelector ? snapshot.Count : 16));
        foreach (var view in snapshot.Enumerate())
        {
            if (!filter.Matches(view))
                continue;
            if (items.Count == limit)
            {
                var rest = filter.HasNoSelector ? snapshot.Count - items.Count : (int?)null;
                return new Page(items, snapshot.Revision, tokens.Remember(server.Kind, filter.Namespace, snapshot, items[^1].Key), rest);
            }

            items.Add(view);
        }

        return new Page(items, snapshot.Revision, null, null);
    }

    private static void WriteHead(KindServer server, Page page, IBufferWriter<byte> output)
    {
        var head = new StringBuilder($$"""{"kind":"{{server.Kind.Kind}}List","apiVersion":"{{server.Kind.ApiVersion}}","metadata":{"resourceVersion":"{{page.Revision}}" """.TrimEnd());
        if (page.Continue is { } token)
            head.Append(",\"continue\":\"").Append(JsonEncodedText.Encode(token, JavaScriptEncoder.UnsafeRelaxedJsonEscaping)).Append('"');
        if (page.Remaining is { } remaining)
            head.Append(",\"remainingItemCount\":").Append(remaining);
        head.Append("},\"items\":[");
        output.Write(Encoding.UTF8.GetBytes(head.ToString()));
    }

    private sealed record Page(List<ObjectView> Items, long Revision, string? Continue, int? Remaining);
}
