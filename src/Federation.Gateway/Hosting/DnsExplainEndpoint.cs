using Federation.Api.Meta;
using Federation.Gateway.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Federation.Gateway.Hosting;

/// <summary><c>GET /federation/v1/dns/explain?name=&amp;type=&amp;from=</c>, <c>GET /federation/v1/dns/export?zone=</c>, <c>GET /federation/v1/dns/ds?zone=</c>, <c>GET /federation/v1/dns/status</c></summary>
internal static class DnsExplainEndpoint
{
    public static void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/federation/v1/dns/explain", ExplainAsync);
        endpoints.MapGet("/federation/v1/dns/export", ExportAsync);
        endpoints.MapGet("/federation/v1/dns/ds", ParentAsync);
        endpoints.MapGet("/federation/v1/dns/status", StatusAsync);
    }

    private static IDnsExplainer ExplainerOf(HttpContext context) => context.RequestServices.GetService<IDnsExplainer>()
        ?? throw new RefusedException(Statuses.ServiceUnavailable("no name server runs beside this gateway"));

    private static Task ExportAsync(HttpContext context) =>
        WriteZoneAsync(context, (explainer, zone) => explainer.Export(zone), zone => $"the name server does not serve a zone {zone}");

    private static Task ParentAsync(HttpContext context) =>
        WriteZoneAsync(context, (explainer, zone) => explainer.RecordsForParent(zone), zone => $"the name server has no keys of a zone {zone}");

    private static Task WriteZoneAsync(HttpContext context, Func<IDnsExplainer, string, System.Text.Json.Nodes.JsonObject?> read, Func<string, string> refusal)
    {
        var zone = context.Request.Query["zone"].ToString();
        if (zone.Length == 0)
            throw new RefusedException(Statuses.BadRequest("the query parameter zone is missing"));
        try
        {
            return context.WriteJsonAsync(read(ExplainerOf(context), zone) ?? throw new RefusedException(Statuses.BadRequest(refusal(zone))));
        }
        catch (FormatException wrong)
        {
            throw new RefusedException(Statuses.BadRequest(wrong.Message));
        }
    }

    private static async Task StatusAsync(HttpContext context) => await context.WriteJsonAsync(await ExplainerOf(context).StatusAsync(context.RequestAborted));

    private static Task ExplainAsync(HttpContext context)
    {
        var explainer = ExplainerOf(context);
        var (name, type, from) = (context.Request.Query["name"].ToString(), context.Request.Query["type"].ToString(), context.Request.Query["from"].ToString());
        if (name.Length == 0)
            throw new RefusedException(Statuses.BadRequest("the query parameter name is missing"));
        try
        {
            return context.WriteJsonAsync(explainer.Explain(name, type.Length == 0 ? "A" : type, from.Length == 0 ? null : from));
        }
        catch (FormatException wrong)
        {
            throw new RefusedException(Statuses.BadRequest(wrong.Message));
        }
    }
}
