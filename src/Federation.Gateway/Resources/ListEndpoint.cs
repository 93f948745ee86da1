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
        var request = ListRequest.Parse(query);
        var snapshot = await ReadAsync(context, server, filter, request);
        var page = Take(server, filter, snapshot, request.Limit);
        metrics.Listed(server.Kind.Plural, page.Items.Count);
        context.Response.ContentType = Answers.Json;
        if (form == AnswerForm.Table)
        {
            var meta = new TableMeta(page.Revision, page.Continue, page.Remaining);
            await context.WriteJsonAsync(tables.WriteTable(server.Kind, page.Items, meta, TableWriter.IncludeObjectOf(query), withColumns: true));
            return;
        }

        var body = context.Response.BodyWriter;
        WriteHead(server, page, form, body);
        for (var index = 0; index < page.Items.Count; index++)
        {
            if (index > 0)
                body.Write(","u8);
            page.Items[index].WriteTo(body, form);
            if (body.UnflushedBytes > FlushAt)
                await body.FlushAsync(context.RequestAborted);
        }

        body.Write("]}\n"u8);
        await body.FlushAsync(context.RequestAborted);
    }

    private async ValueTask<Snapshot> ReadAsync(HttpContext context, KindServer server, ObjectFilter filter, ListRequest request)
    {
        var source = server.Source;
        if (request.Continue.Length > 0)
            return await tokens.ResumeAsync(server, filter.Namespace, request.Continue, context.RequestAborted);
        await context.WaitFreshAsync(source, request.Revision);
        if (!request.IsExact)
            return source.List(server.Kind.Kind, filter.Namespace);
        return await source.ListAtAsync(server.Kind.Kind, filter.Namespace, request.Revision!.Value, context.RequestAborted)
            ?? throw new RefusedException(Statuses.Expired($"The resourceVersion for the provided list is too old: {request.Revision}"));
    }

    private Page Take(KindServer server, ObjectFilter filter, Snapshot snapshot, int limit)
    {
        var items = new List<ObjectView>(Math.Min(limit, filter.HasNoSelector ? snapshot.Count : 16));
        foreach (var view in filter.Candidates(snapshot))
        {
            if (!filter.Matches(view))
                continue;
            if (items.Count == limit)
            {
                var rest = filter.HasNoSelector ? snapshot.Count - items.Count : (int?)null;
                return new Page(items, snapshot.Revision, tokens.Remember(server, filter.Namespace, snapshot, items[^1].Key), rest);
            }

            items.Add(view);
        }

        return new Page(items, snapshot.Revision, null, null);
    }

    private static void WriteHead(KindServer server, Page page, AnswerForm form, IBufferWriter<byte> output)
    {
        var (kind, version) = form == AnswerForm.Metadata ? ("PartialObjectMetadataList", "meta.k8s.io/v1") : ($"{server.Kind.Kind}List", server.Kind.ApiVersion);
        var head = new StringBuilder($$"""{"kind":"{{kind}}","apiVersion":"{{version}}","metadata":{"resourceVersion":"{{page.Revision}}" """.TrimEnd());
        if (page.Continue is { } token)
            head.Append(",\"continue\":\"").Append(JsonEncodedText.Encode(token, JavaScriptEncoder.UnsafeRelaxedJsonEscaping)).Append('"');
        if (page.Remaining is { } remaining)
            head.Append(",\"remainingItemCount\":").Append(remaining);
        head.Append("},\"items\":[");
        output.Write(Encoding.UTF8.GetBytes(head.ToString()));
    }

    private sealed record Page(List<ObjectView> Items, long Revision, string? Continue, int? Remaining);
}
