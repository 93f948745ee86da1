using System.Text.Json.Nodes;

namespace Federation.Gateway.OpenApi;

/// <summary>The parameters of each verb.</summary>
internal static class QueryParameters
{
    private static readonly (string Name, string Type, string Description)[] Selecting =
    [
        ("labelSelector", "string", "Only objects whose labels match, such as tier=prod,app in (web,api),!canary."),
        ("fieldSelector", "string", "Only objects whose fields match, such as metadata.name=web."),
    ];

    private static readonly (string Name, string Type, string Description)[] Listing =
    [
        .. Selecting,
        ("limit", "integer", "The most objects of one page; absent: all."),
        ("continue", "string", "From metadata.continue of the page before: goes on there, at the same revision."),
        ("resourceVersion", "string", "Absent: the newest state; 0: any; n: not older than n. For a watch: begins after n."),
        ("resourceVersionMatch", "string", "NotOlderThan or Exact: what resourceVersion means for a list."),
        ("watch", "boolean", "True: a stream of changes in place of a list."),
        ("allowWatchBookmarks", "boolean", "True: the watch tells now and then which revision it has reached."),
        ("sendInitialEvents", "boolean", "True: the watch begins with everything there is, then a bookmark."),
        ("timeoutSeconds", "integer", "Ends the watch after so many seconds."),
    ];

    private static readonly (string Name, string Type, string Description)[] Writing =
    [
        ("dryRun", "string", "All: everything is done but the write."),
        ("fieldManager", "string", "Who writes, as metadata.managedFields shows it."),
        ("fieldValidation", "string", "Ignore, Warn or Strict: what becomes of unknown and repeated fields."),
    ];

    public static IEnumerable<JsonNode> Of(string verb) => (verb switch
    {
        "list" => Listing,
        "create" or "update" => Writing,
        "patch" => [.. Writing, ("force", "boolean", "True: server-side apply takes fields over that another manager owns.")],
        "delete" or "deletecollection" =>
        [
            ("dryRun", "string", "All: everything is done but the deletion."),
            ("gracePeriodSeconds", "integer", "How long what runs may take to stop, in seconds."),
            ("propagationPolicy", "string", "Background, Foreground or Orphan: what becomes of the objects that this one owns."),
            .. verb == "delete" ? [] : Selecting,
        ],
        _ => [],
    }).Select(parameter => Parameter(parameter.Name, "query", parameter.Type, parameter.Description));

    /// <summary>Those that stand in the path itself.</summary>
    public static IEnumerable<JsonNode> OfPath(string path)
    {
        foreach (var (name, description) in ((string, string)[])[("name", "The object's name."), ("namespace", "The namespace of the object or of the list.")])
        {
            if (!path.Contains($"{{{name}}}", StringComparison.Ordinal))
                continue;
            var parameter = Parameter(name, "path", "string", description);
            parameter["required"] = true;
            yield return parameter;
        }
    }

    private static JsonObject Parameter(string name, string place, string type, string description) => new()
    {
        ["name"] = name,
        ["in"] = place,
        ["description"] = description,
        ["schema"] = new JsonObject { ["type"] = type, ["uniqueItems"] = true },
    };
}
