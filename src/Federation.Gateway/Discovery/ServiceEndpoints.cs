using System.Text.Json.Nodes;
using Federation.Api.Meta;
using Federation.Gateway.Http;
using Federation.Gateway.Resources;
using Federation.Gateway.Sources;
using Federation.Gateway.Tables;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Federation.Gateway.Discovery;

/// <summary>The list of <c>v1</c> Services, which is always empty: what an App exposes stands in the App and in DNS.</summary>
/// <remarks><c>kubectl cluster-info</c> lists the Services of the system's namespace and fails where the list itself is not served.</remarks>
internal sealed class ServiceEndpoints(StoredSource stored, TableWriter tables)
{
    public static DiscoveredResource Resource { get; } = new("", "v1", "services", "service", "Service", IsNamespaced: true, ["list"]) { ShortNames = ["svc"] };

    public void Map(IEndpointRouteBuilder endpoints)
    {
        foreach (var path in (string[])["/api/v1/services", "/api/v1/namespaces/{namespace}/services"])
            endpoints.Map(path, ListAsync);
    }

    private Task ListAsync(HttpContext context)
    {
        if (!HttpMethods.IsGet(context.Request.Method) || context.Request.Query.Bool("watch") == true)
            throw new RefusedException(Statuses.MethodNotAllowed());
        var form = AcceptHeader.FormOf(context);
        var revision = stored.Revision;
        if (form == AnswerForm.Table)
            return context.WriteJsonAsync(tables.WriteTable(CommonColumns.NameAndAge, [], new TableMeta(revision, null, null), IncludeObject.Metadata, withColumns: true));
        return context.WriteJsonAsync(new JsonObject
        {
            ["kind"] = "ServiceList",
            ["apiVersion"] = "v1",
            ["metadata"] = new JsonObject { ["resourceVersion"] = revision.ToString() },
            ["items"] = new JsonArray(),
        });
    }
}
