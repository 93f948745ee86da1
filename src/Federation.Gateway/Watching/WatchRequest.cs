using Federation.Api.Validation;
using Federation.Gateway.Http;
using Federation.Gateway.Resources;
using Microsoft.AspNetCore.Http;

namespace Federation.Gateway.Watching;

/// <summary>What a watch asks for.
/// <code>
/// resourceVersion   sendInitialEvents   begins with
/// absent            absent              an ADDED for everything in the most recent state
/// 0                 absent              an ADDED for everything in memory
/// n                 absent              the change after n
/// any               true                an ADDED for everything (the most recent, any, not older than n), then a bookmark that says so
/// absent            false               the next change after the most recent state
/// 0                 false               the next change
/// n                 false               the change after n
/// </code></summary>
/// <param name="Revision">Null: the most recent; 0: any.</param>
internal sealed record WatchRequest(long? Revision, bool SendsInitialEvents, bool MarksInitialEventsEnd, bool SendsBookmarks, TimeSpan? Timeout)
{
    /// <exception cref="RefusedException">400, or 422 for parameters that contradict each other.</exception>
    public static WatchRequest Parse(IQueryCollection query)
    {
        var revision = query.Revision();
        var initial = query.Bool("sendInitialEvents");
        Validate(initial, query["resourceVersionMatch"].ToString());
        return new WatchRequest(
            revision,
            initial ?? revision is null or 0,
            initial == true,
            query.Bool("allowWatchBookmarks") == true,
            query.NaturalNumber("timeoutSeconds") is { } seconds and > 0 ? TimeSpan.FromSeconds(seconds) : null);
    }

    private static void Validate(bool? sendInitialEvents, string match)
    {
        var errors = new FieldErrors();
        var path = FieldPath.Root.Child("resourceVersionMatch");
        if (sendInitialEvents is null && match.Length > 0)
            errors.Forbidden(path, "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided");
        if (sendInitialEvents is not null && match != "NotOlderThan")
            errors.Forbidden(path, "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan");
        errors.ThrowIfAny();
    }
}
