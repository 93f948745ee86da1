using Federation.Api.Meta;
using Federation.Gateway.Http;
using Microsoft.AspNetCore.Http;

namespace Federation.Gateway.Resources;

/// <summary>Reads query parameters; a wrong one is a 400 that names it.</summary>
internal static class QueryValues
{
    public static bool? Bool(this IQueryCollection query, string name) => query[name].ToString() switch
    {
        "" => query.ContainsKey(name) ? true : null,
        "true" or "1" or "True" => true,
        "false" or "0" or "False" => false,
        var other => throw Wrong(name, other, "true or false"),
    };

    public static int? NaturalNumber(this IQueryCollection query, string name)
    {
        var text = query[name].ToString();
        if (text.Length == 0)
            return null;
        return int.TryParse(text, System.Globalization.NumberStyles.None, null, out var number) ? number : throw Wrong(name, text, "a whole number from 0 on");
    }

    /// <summary>Null: absent. RFC 3339.</summary>
    public static DateTimeOffset? Time(this IQueryCollection query, string name)
    {
        var text = query[name].ToString();
        if (text.Length == 0)
            return null;
        // A form decodes the plus of an offset to a space.
        return DateTimeOffset.TryParse(text.Replace(' ', '+'), null, System.Globalization.DateTimeStyles.AssumeUniversal, out var time) ? time : throw Wrong(name, text, "a time such as 2026-01-02T15:04:05Z");
    }

    /// <summary>Null: absent. Zero means any.</summary>
    public static long? Revision(this IQueryCollection query, string name = "resourceVersion")
    {
        var text = query[name].ToString();
        if (text.Length == 0)
            return null;
        return long.TryParse(text, System.Globalization.NumberStyles.None, null, out var revision) ? revision : throw Wrong(name, text, "a resourceVersion that came from here");
    }

    /// <summary>True: <c>dryRun=All</c>.</summary>
    public static bool DryRun(this IQueryCollection query)
    {
        foreach (var value in query["dryRun"])
        {
            if (value is not ("All" or "" or null))
                throw Wrong("dryRun", value, "All");
        }

        return query["dryRun"].Contains("All");
    }

    private static RefusedException Wrong(string name, string value, string rule) =>
        new(Statuses.BadRequest($"invalid value \"{value}\" for the query parameter {name}: must be {rule}"));
}
