using Federation.Api;

namespace Federation.Gateway.OpenApi;

/// <summary>The names of schemas. What Kubernetes has too is called as there: tools look for some of the names.</summary>
internal static class SchemaNames
{
    public const string Meta = "io.k8s.apimachinery.pkg.apis.meta.v1";
    public const string ListMeta = Meta + ".ListMeta";
    public const string DeleteOptions = Meta + ".DeleteOptions";
    public const string Patch = Meta + ".Patch";
    public const string Status = Meta + ".Status";
    public const string WatchEvent = Meta + ".WatchEvent";
    public const string Quantity = "io.k8s.apimachinery.pkg.api.resource.Quantity";
    public const string IntOrString = "io.k8s.apimachinery.pkg.util.intstr.IntOrString";

    public static string Of(KindDefinition kind) => $"{Package(kind.Group, kind.Version)}.{kind.Kind}";

    public static string Of(Type record) => record.Namespace switch
    {
        "Federation.Api.Meta" or "Federation.Api.Selectors" => $"{Meta}.{record.Name}",
        "Federation.Api.Core" or "Federation.Api.Pods" or "Federation.Api.Nodes" => $"{Package("", "v1")}.{record.Name}",
        "Federation.Api.Metrics" => $"{Package("metrics.k8s.io", "v1beta1")}.{record.Name}",
        "Federation.Api.Reviews" => $"{Package("authorization.k8s.io", "v1")}.{record.Name}",
        _ => $"{Package("federation", "v1")}.{record.Name}",
    };

    public static string Reference(string name) => $"#/components/schemas/{name}";

    private static string Package(string group, string version) => group switch
    {
        "" => $"io.k8s.api.core.{version}",
        _ when group.EndsWith(".k8s.io", StringComparison.Ordinal) => $"io.k8s.api.{group[..group.IndexOf('.')]}.{version}",
        _ => $"{group}.{version}",
    };
}
