using System.IO.Pipelines;
using Federation.Gateway.Hosting;
using Federation.Gateway.Http;
using Federation.Gateway.Sources;
using Federation.Storage.Cache;

namespace Federation.Gateway.Agents;

/// <summary>The streams of works, whichever way they are carried.</summary>
internal sealed class WorksFeed(WorksHub hub, IObjectCache cache, Freshness freshness, GatewayOptions options, TimeProvider time)
{
    /// <summary>Begins one cluster's stream after a revision of a store; 0, or another store: with a snapshot.</summary>
    /// <exception cref="RefusedException">504: this gateway does not know the revision yet.</exception>
    public async Task<Feed> OpenAsync(string cluster, long since, string? store, CancellationToken cancellationToken)
    {
        await hub.Loaded.WaitAsync(cancellationToken);
        var subscription = hub.Subscribe(cluster);
        try
        {
            var resumes = since > 0 && store == subscription.Store.ToString();
            // Another gateway may have been ahead of this one. Without its own acknowledged writes an agent's view never goes back.
            await freshness.WaitAsync(resumes ? since : 0, cancellationToken);
            return new Feed(this, subscription, resumes ? since : null);
        }
        catch
        {
            hub.Unsubscribe(subscription);
            throw;
        }
    }

    /// <summary>One stream that has begun.</summary>
    internal sealed class Feed(WorksFeed feed, WorksSubscription subscription, long? since) : IDisposable
    {
        /// <summary>Writes lines of JSON until the reader goes, or the stream must start over.</summary>
        public async Task WriteAsync(PipeWriter output, CancellationToken cancellationToken)
        {
            var stream = new WorksStream(subscription.Cluster, subscription.Store.ToString(), feed.Zone, feed.Cache, output);
            var isFirst = true;
            while (subscription.Take() is var (marked, revision))
            {
                if (!isFirst)
                    stream.Follow(marked);
                else if (since is { } after)
                    stream.BeginAfter(after, marked);
                else
                    stream.BeginSnapshot(marked);
                isFirst = false;
                stream.Bookmark(revision);
                var flushed = await output.FlushAsync(cancellationToken);
                if (flushed.IsCompleted)
                    return;
                // Silence this long still ends in a bookmark: the agent's sign that the link lives.
                await subscription.Changed.WaitAsync(feed.SignInterval, feed.Time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                cancellationToken.ThrowIfCancellationRequested();
            }
        }

        public void Dispose() => feed.Hub.Unsubscribe(subscription);
    }

    private WorksHub Hub => hub;

    private IObjectCache Cache => cache;

    private string Zone => options.Zone;

    private TimeSpan SignInterval => options.AgentSignInterval;

    private TimeProvider Time => time;
}
