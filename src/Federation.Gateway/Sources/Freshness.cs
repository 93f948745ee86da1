using Federation.Api.Meta;
using Federation.Gateway.Hosting;
using Federation.Gateway.Http;
using Federation.Storage;
using Federation.Storage.Cache;

namespace Federation.Gateway.Sources;

/// <summary>Read after write: a read waits until the cache shows what was acknowledged, by this gateway or by any.</summary>
internal sealed class Freshness(IObjectCache cache, LatestRevision latest, GatewayOptions options, TimeProvider time)
{
    private long _acknowledged;

    /// <summary>A write at this revision was (or is about to be) acknowledged.</summary>
    public void Acknowledge(long revision)
    {
        var known = Volatile.Read(ref _acknowledged);
        while (revision > known)
        {
            var seen = Interlocked.CompareExchange(ref _acknowledged, revision, known);
            if (seen == known)
                return;
            known = seen;
        }
    }

    public Task AcknowledgeAsync(long revision, CancellationToken cancellationToken)
    {
        Acknowledge(revision);
        return WaitAsync(revision, cancellationToken);
    }

    /// <summary>Waits for everything that any gateway acknowledged before this call.</summary>
    /// <returns>False: the store cannot be asked what that is. Showing what is in memory, and saying so, serves the reader better than nothing.</returns>
    public async Task<bool> WaitLatestAsync(CancellationToken cancellationToken)
    {
        var isKnown = true;
        var newest = 0L;
        try
        {
            newest = await latest.ReadAsync().WaitAsync(options.FreshnessTimeout, time, cancellationToken);
        }
        catch (Exception away) when (away is StoreUnavailableException or TimeoutException)
        {
            isKnown = false;
        }

        await WaitAsync(newest, cancellationToken);
        return isKnown;
    }

    /// <exception cref="RefusedException">504 in Kubernetes' form: a client may ask again a second later.</exception>
    public async Task WaitAsync(long atLeast, CancellationToken cancellationToken)
    {
        var revision = Math.Max(atLeast, Volatile.Read(ref _acknowledged));
        if (cache.Revision >= revision)
            return;
        using var deadline = new CancellationTokenSource(options.FreshnessTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            await cache.WaitForRevisionAsync(revision, either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw TooLarge(revision, cache.Revision);
        }
    }

    internal static RefusedException TooLarge(long revision, long current)
    {
        var status = Statuses.Timeout($"Too large resource version: {revision}, current: {current}");
        return new RefusedException(status with
        {
            Details = status.Details! with { Causes = [new StatusCause { Reason = "ResourceVersionTooLarge", Message = "Too large resource version" }] },
        });
    }
}
