using Federation.Api.Meta;
using Federation.Gateway.Http;
using Federation.Gateway.Resources;
using Microsoft.AspNetCore.Http;

namespace Federation.Gateway.Watching;

/// <summary>What a watch asks for.
/// <code>
/// resourceVersion   sendInitialEvents   begins with
/// absent or 0       absent              an ADDED for everything there is
/// n                 absent              the change after n
/// any               true                an ADDED for everything (not older than n), then a bookmark that says so
/// absent or 0       false               the next change
/// n                 false               the change after n
/// </code></summary>
internal sealed record WatchRequest(long? Revision, bool SendsInitialEvents, bool MarksInitialEventsEnd, bool SendsBookmarks, TimeSpan? Timeout)
{
    /// <exception cref="RefusedException">400.</exception>
    public static WatchRequest Parse(IQueryCollection query)
    {
        var revision = query.Revision();
        var initial = query.Bool("sendInitialEvents");
        var match = query["resourceVersionMatch"].ToString();
        if (initial is null && match.Length > 0)
            throw new RefusedException(Statuses.BadRequest("resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"));
        if (initial is not null && match != "NotOlderThan")
            throw new RefusedException(Statuses.BadRequest("sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"));
        return new WatchRequest(
            revision is > 0 ? revision : null,
            initial ?? revision is null or 0,
            initial == true,
            query.Bool("allowWatchBookmarks") == true,
            query.NaturalNumber("timeoutSeconds") is { } seconds and > 0 ? TimeSpan.FromSeconds(seconds) : null);
    }
}
