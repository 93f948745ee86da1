using Federation.Api.Apps;
using Federation.Api.Meta;
using Federation.Domain.DnsRecords;
using Federation.Gateway.Http;
using Federation.Gateway.Sources;
using Federation.Grains.Placements;

namespace Federation.Gateway.Resources;

/// <summary>Tells who writes an app at once which of its whole names (<c>dns.hosts</c>) it does not get; its condition <c>HostsGranted</c> says so from then on.</summary>
internal sealed class HostWarnings(HostGrantReader grants, Freshness freshness)
{
    public async ValueTask<IEnumerable<string>> ForAsync(Resource written, CancellationToken cancellationToken)
    {
        if (written is not PlacedResource { IsDeleting: false } app)
            return [];
        var hosts = HostConditions.WholeNamesOf(app).ToList();
        if (hosts.Count == 0)
            return [];
        try
        {
            // The zone may have been written a moment ago.
            await freshness.WaitAsync(0, cancellationToken);
        }
        catch (RefusedException)
        {
            return []; // What may be old is no ground for a warning.
        }

        var now = grants.Read();
        return hosts.Select(host => HostConditions.WhyNot(app, host, now) is { } verdict ? $"host {host} is not answered for this app: {verdict.Why}" : null).OfType<string>();
    }
}
