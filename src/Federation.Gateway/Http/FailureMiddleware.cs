using Federation.Api.Meta;
using Federation.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Federation.Gateway.Http;

/// <summary>Makes a Status of whatever goes wrong while a request is served.</summary>
internal sealed partial class FailureMiddleware(RequestDelegate next, ILogger<FailureMiddleware> logger)
{
    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client is gone: nobody reads an answer.
        }
        catch (Exception failure)
        {
            if (StatusOf(failure) is not { } status)
            {
                LogUnexpected(context.Request.Method, context.Request.Path, failure);
                status = Statuses.InternalError("the gateway failed at this request; its log has the details");
            }

            if (context.Response.HasStarted)
                context.Abort();
            else
                await RefuseAsync(context, status);
        }
    }

    private static Task RefuseAsync(HttpContext context, Status status)
    {
        context.Response.Clear();
        // The rest of a body that is too large is not worth reading.
        if (status.Code == StatusCodes.Status413PayloadTooLarge && context.Features.Get<IHttpMaxRequestBodySizeFeature>() is not null && HttpProtocol.IsHttp11(context.Request.Protocol))
            context.Response.Headers.Connection = "close";
        return context.WriteStatusAsync(status);
    }

    private static Status? StatusOf(Exception failure) => failure switch
    {
        RefusedException refused => refused.Status,
        StoreUnavailableException away => Statuses.ServiceUnavailable($"the store cannot be used: {away.Message}"),
        BadHttpRequestException { StatusCode: 413 } => Statuses.RequestEntityTooLarge(0) with { Message = "Request entity too large" },
        BadHttpRequestException bad => Statuses.BadRequest(bad.Message),
        TimeoutException => Statuses.Timeout("the control plane did not answer in time; the request may or may not have been carried out"),
        // What grain engines throw while a silo goes down or an activation moves.
        _ when failure.GetType().Namespace?.StartsWith("Orleans", StringComparison.Ordinal) == true => Statuses.ServiceUnavailable(failure.Message),
        _ => null,
    };

    [LoggerMessage(EventId = 4001, Level = LogLevel.Error, Message = "{Method} {Path} failed unexpectedly")]
    private partial void LogUnexpected(string method, string path, Exception failure);
}
