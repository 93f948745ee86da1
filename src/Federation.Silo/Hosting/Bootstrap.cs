using Federation.Api.Core;
using Federation.Api.Json;
using Federation.Api.Meta;
using Federation.Grains.Objects;

namespace Federation.Silo.Hosting;

/// <summary>Makes what every federation has: the namespace <c>default</c>.</summary>
internal sealed partial class Bootstrap(IGrainFactory grains, TimeProvider time, ILogger<Bootstrap> logger) : BackgroundService
{
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var home = new Namespace { Metadata = new ObjectMeta { Name = "default" } };
        var command = new WriteCommand { Verb = WriteVerb.Create, Body = ApiJson.Write(home), Actor = nameof(Bootstrap) };
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var result = await grains.GetObjectGrain(home.Key).WriteAsync(command, stoppingToken);
                if (result.Failure is null or { Reason: StatusReasons.AlreadyExists })
                    return;
                LogFailed(logger, null, result.Failure.Message);
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                LogFailed(logger, exception, exception.Message);
            }

            await Task.Delay(Retry, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    [LoggerMessage(EventId = 6101, Level = LogLevel.Warning, Message = "The namespace default is not there yet: {Reason}")]
    private static partial void LogFailed(ILogger logger, Exception? exception, string? reason);
}
