using Federation.Api.Meta;
using Federation.Gateway.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Federation.Gateway.Hosting;

/// <summary><c>GET /federation/v1/dns/explain?name=&amp;type=</c></summary>
internal static class DnsExplainEndpoint
{
    public static void Map(IEndpointRouteBuilder endpoints) => endpoints.MapGet("/federation/v1/dns/explain", ServeAsync);

    private static Task ServeAsync(HttpContext context)
    {
        if (context.RequestServices.GetService<IDnsExplainer>() is not { } explainer)
            throw new RefusedException(Statuses.ServiceUnavailable("no name server runs beside this gateway"));
        var (name, type) = (context.Request.Query["name"].ToString(), context.Request.Query["type"].ToString());
        if (name.Length == 0)
            throw new RefusedException(Statuses.BadRequest("the query parameter name is missing"));
        try
        {
            return context.WriteJsonAsync(explainer.Explain(name, type.Length == 0 ? "A" : type));
        }
        catch (FormatException wrong)
        {
            throw new RefusedException(Statuses.BadRequest(wrong.Message));
        }
    }
}
