using System.Text;
using Federation.Gateway.Hosting;
using Federation.Gateway.Http;
using Federation.Storage;
using Federation.Storage.Cache;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Federation.Gateway.Health;

/// <summary><c>/healthz</c> and <c>/livez</c>: the process serves. <c>/readyz</c>: it can do its work; the body says which check failed.</summary>
internal sealed class HealthEndpoints(IObjectStore store, IObjectCache cache, GatewayBootstrap bootstrap, TimeProvider time)
{
    private static readonly TimeSpan CheckTimeout = TimeSpan.FromSeconds(2);

    public void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/healthz", static context => context.WriteTextAsync(StatusCodes.Status200OK, "ok"));
        endpoints.MapGet("/livez", static context => context.WriteTextAsync(StatusCodes.Status200OK, "ok"));
        endpoints.MapGet("/readyz", ReadyAsync);
    }

    private async Task ReadyAsync(HttpContext context)
    {
        (string Name, string? Problem)[] checks =
        [
            ("store", await StoreProblemAsync(context.RequestAborted)),
            ("cache", CacheProblem()),
            ("credentials", bootstrap.IsDone ? null : "the administrator's credential is not written yet"),
        ];
        var isReady = Array.TrueForAll(checks, check => check.Problem is null);
        var body = new StringBuilder();
        if (!isReady || context.Request.Query.ContainsKey("verbose"))
        {
            foreach (var (name, problem) in checks)
                body.Append(problem is null ? $"[+]{name} ok\n" : $"[-]{name} failed: {problem}\n");
            body.Append(isReady ? "readyz check passed\n" : "readyz check failed\n");
        }
        else
        {
            body.Append("ok");
        }

        await context.WriteTextAsync(isReady ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable, body.ToString());
    }

    private async Task<string?> StoreProblemAsync(CancellationToken cancellationToken)
    {
        try
        {
            await store.ReadCurrentRevisionAsync(cancellationToken).WaitAsync(CheckTimeout, time, cancellationToken);
            return null;
        }
        catch (StoreUnavailableException away)
        {
            return away.Message;
        }
        catch (TimeoutException)
        {
            return $"no answer within {CheckTimeout.TotalSeconds:0} s";
        }
    }

    private string? CacheProblem() =>
        !cache.Ready.IsCompletedSuccessfully ? "not loaded yet"
        : !cache.IsCurrent ? $"behind the store, at revision {cache.Revision}"
        : null;
}
