using Federation.Api.Meta;

namespace Federation.Gateway.Http;

/// <summary>The 404 of a path that nothing is mapped to. One that names another API's objects says so: typed commands such as <c>kubectl create deployment</c> ask no discovery first.</summary>
internal static class UnservedPath
{
    private static readonly HashSet<string> Workloads =
        ["cronjobs", "daemonsets", "deployments", "jobs", "replicasets", "replicationcontrollers", "statefulsets"];

    public static Status StatusOf(string path)
    {
        var status = Statuses.PathNotFound();
        if (ResourceOf(path.Split('/', StringSplitOptions.RemoveEmptyEntries)) is not { } resource)
            return status;
        var hint = Workloads.Contains(resource.Plural) ? "; what runs here are Apps (kubectl explain app)" : "";
        return status with { Message = $"{status.Message}: {resource.Name} are not served here{hint}" };
    }

    /// <summary><c>/api/VERSION/[namespaces/NS/]PLURAL…</c> and <c>/apis/GROUP/VERSION/[namespaces/NS/]PLURAL…</c></summary>
    private static (string Plural, string Name)? ResourceOf(string[] parts)
    {
        var (group, rest) = parts switch
        {
            ["api", _, .. var core] => ("", core),
            ["apis", var named, _, .. var others] => (named, others),
            _ => ("", []),
        };
        if (rest is ["namespaces", _, var inside, ..])
            rest = [inside];
        return rest is [var plural, ..] ? (plural, group.Length == 0 ? plural : $"{plural}.{group}") : null;
    }
}
