using Federation.Api;
using Federation.Api.Meta;

namespace Federation.Client.Resources;

/// <summary>Where the gateway serves a kind: <c>/apis/&lt;group&gt;/&lt;version&gt;/namespaces/&lt;namespace&gt;/&lt;plural&gt;/&lt;name&gt;</c>.</summary>
public static class ResourcePaths
{
    /// <param name="namespace">Null: all namespaces, or a cluster-scoped kind.</param>
    public static string Collection(KindDefinition kind, string? @namespace)
    {
        var root = kind.Group.Length == 0 ? $"/api/{kind.Version}" : $"/apis/{kind.Group}/{kind.Version}";
        return kind.IsNamespaced && @namespace is not null
            ? $"{root}/namespaces/{Uri.EscapeDataString(@namespace)}/{kind.Plural}"
            : $"{root}/{kind.Plural}";
    }

    public static string Object(KindDefinition kind, string? @namespace, string name) => $"{Collection(kind, @namespace)}/{Uri.EscapeDataString(name)}";

    internal static KindDefinition KindOf<T>()
        where T : Resource => KindFor<T>.Definition;

    private static class KindFor<T>
    {
        public static readonly KindDefinition Definition = Kinds.Served.Single(kind => kind.ResourceType == typeof(T));
    }
}
