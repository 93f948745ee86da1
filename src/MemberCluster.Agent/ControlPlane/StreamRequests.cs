using Federation.Api.Agents;
using Microsoft.Extensions.Logging;

namespace MemberCluster.Agent.ControlPlane;

/// <summary>Hears the requests for streams, and hears them again after every loss of the connection.</summary>
internal sealed partial class StreamRequests(IControlPlane controlPlane, Retry retry, ILogger<StreamRequests> logger)
{
    /// <summary>Until cancelled.</summary>
    /// <param name="answer">Takes a request on and returns at once: one that stands still holds up nobody.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task FollowAsync(Action<StreamRequest> answer, CancellationToken cancellationToken)
    {
        var failures = 0;
        while (true)
        {
            var failure = ControlPlaneFailure.Unreachable;
            try
            {
                await foreach (var request in controlPlane.WatchStreamsAsync(cancellationToken))
                {
                    failures = 0;
                    answer(request);
                }
            }
            catch (ControlPlaneException exception)
            {
                LogLost(exception.Message);
                failure = exception.Failure;
            }

            await retry.WaitAsync(failures++, failure, cancellationToken);
        }
    }

    [LoggerMessage(EventId = 601, Level = LogLevel.Debug, Message = "Requests for streams cannot be heard. {Problem}")]
    private partial void LogLost(string problem);
}
