using Federation.Api.Meta;
using Federation.Api.Validation;
using Federation.Gateway.Http;
using Microsoft.AspNetCore.Http;

namespace Federation.Gateway.Resources;

/// <summary>Which state a list asks for.
/// <code>
/// resourceVersion   resourceVersionMatch   limit   the list shows
/// absent            absent                         the most recent state, whichever gateway it was written through
/// 0                 absent, NotOlderThan           what is in memory
/// n                 absent                 absent  a state not older than n
/// n                 absent                 yes     the state at n
/// n                 NotOlderThan                   a state not older than n
/// n                 Exact                          the state at n
/// </code></summary>
/// <param name="Limit">At most so many objects in one answer.</param>
/// <param name="Continue">Where the answer before this one stopped; empty: at the beginning.</param>
/// <param name="Revision">Null: the most recent; 0: any.</param>
internal sealed record ListRequest(int Limit, string Continue, long? Revision, bool IsExact)
{
    private const string Exact = "Exact";
    private const string NotOlderThan = "NotOlderThan";

    private static readonly string[] Matches = [Exact, NotOlderThan];

    private static readonly FieldPath Match = FieldPath.Root.Child("resourceVersionMatch");

    /// <exception cref="RefusedException">400, or 422 for parameters that contradict each other.</exception>
    public static ListRequest Parse(IQueryCollection query)
    {
        var limit = query.NaturalNumber("limit") is { } number and > 0 ? number : int.MaxValue;
        var token = query["continue"].ToString();
        var revision = query.Revision();
        var match = query["resourceVersionMatch"].ToString();
        Validate(query, match, token, revision);
        if (token.Length > 0 && revision is > 0)
            throw new RefusedException(Statuses.BadRequest("specifying resource version is not allowed when using continue"));
        return new ListRequest(limit, token, revision, revision > 0 && (match == Exact || (match.Length == 0 && limit < int.MaxValue)));
    }

    private static void Validate(IQueryCollection query, string match, string token, long? revision)
    {
        var errors = new FieldErrors();
        if (match.Length > 0)
        {
            if (revision is null)
                errors.Forbidden(Match, "resourceVersionMatch is forbidden unless resourceVersion is provided");
            if (token.Length > 0)
                errors.Forbidden(Match, "resourceVersionMatch is forbidden when continue is provided");
            if (match is not (Exact or NotOlderThan))
                errors.NotSupported(Match, match, Matches);
            if (match == Exact && revision == 0)
                errors.Forbidden(Match, "resourceVersionMatch \"Exact\" is forbidden for resourceVersion \"0\"");
        }

        if (query.Bool("sendInitialEvents") is not null)
            errors.Forbidden(FieldPath.Root.Child("sendInitialEvents"), "sendInitialEvents is forbidden for list");
        errors.ThrowIfAny();
    }
}
