using System.Text;
using Federation.Api.Agents;
using Federation.Api.Streams;
using MemberCluster.Agent.Runtime;

namespace MemberCluster.Agent.Streams;

/// <summary>Logs of containers, both outputs as one.</summary>
internal sealed class LogSource(IContainers containers, TimeProvider time)
{
    public IStreamContent Open(StreamRequest request, StreamTarget target) => new Log(containers, target.Container, request.LimitBytes, new LogQuery
    {
        Follow = request.Follow,
        Tail = request.TailLines,
        Since = request.SinceTime ?? (request.SinceSeconds is { } seconds ? time.GetUtcNow() - TimeSpan.FromSeconds(seconds) : null),
        Timestamps = request.Timestamps,
    });

    private sealed class Log(IContainers containers, string container, long? limit, LogQuery query) : IStreamContent
    {
        public async Task CopyAsync(StreamTunnel tunnel, CancellationToken cancellationToken)
        {
            var left = limit ?? long.MaxValue;
            if (left == 0)
                return;
            try
            {
                await foreach (var chunk in containers.ReadLogsAsync(container, query, cancellationToken))
                {
                    var part = chunk.Data[..(int)Math.Min(chunk.Data.Length, left)];
                    await tunnel.WriteAsync(StreamChannel.Output, part, cancellationToken);
                    left -= part.Length;
                    if (left == 0)
                        return;
                }
            }
            catch (RuntimeException failed)
            {
                // The answer has begun: what went wrong can only be said within it, as Kubernetes does.
                await tunnel.WriteAsync(StreamChannel.Output, Encoding.UTF8.GetBytes($"unable to retrieve container logs: {failed.Message}\n"), cancellationToken);
            }
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
