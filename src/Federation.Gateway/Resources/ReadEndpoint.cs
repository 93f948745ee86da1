using Federation.Api;
using Federation.Api.Meta;
using Federation.Gateway.Http;
using Federation.Gateway.Sources;
using Federation.Gateway.Tables;
using Microsoft.AspNetCore.Http;

namespace Federation.Gateway.Resources;

/// <summary><c>GET</c> of one object.</summary>
internal sealed class ReadEndpoint(TableWriter tables)
{
    public async Task ServeAsync(HttpContext context, KindServer server, ObjectKey key)
    {
        var form = AcceptHeader.FormOf(context);
        var view = await FindAsync(context, server, key);
        await context.WriteJsonAsync(form == AnswerForm.Table
            ? tables.WriteTable(server.Kind, [view], new TableMeta(view.Revision, null, null), TableWriter.IncludeObjectOf(context.Request.Query), withColumns: true)
            : view.ToJson(form));
    }

    /// <exception cref="RefusedException">404.</exception>
    public static async Task<ObjectView> FindAsync(HttpContext context, KindServer server, ObjectKey key)
    {
        await context.WaitFreshAsync(server.Source, context.Request.Query.Revision());
        return server.Source.Find(key) ?? throw new RefusedException(Statuses.NotFound(server.Kind, key.Name));
    }
}
