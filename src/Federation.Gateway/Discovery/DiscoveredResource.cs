using Federation.Api;
using Federation.Gateway.Resources;

namespace Federation.Gateway.Discovery;

/// <summary>One resource as clients learn of it. Kinds with a <see cref="KindServer"/> bring theirs; what is served otherwise registers one of these.</summary>
internal sealed record DiscoveredResource(string Group, string Version, string Plural, string Singular, string Kind, bool IsNamespaced, IReadOnlyList<string> Verbs)
{
    public IReadOnlyList<string> ShortNames { get; init; } = [];
    public IReadOnlyList<string> Categories { get; init; } = [];
    public IReadOnlyList<DiscoveredSubresource> Subresources { get; init; } = [];

    /// <summary>The shape of its objects; null: it has none of its own (such as the version of a kind that older clients ask for).</summary>
    public KindDefinition? Definition { get; init; }

    /// <summary><c>/api/v1</c> or <c>/apis/group/version</c>.</summary>
    public string Root => Group.Length == 0 ? $"/api/{Version}" : $"/apis/{Group}/{Version}";

    public string GroupVersion => Group.Length == 0 ? Version : $"{Group}/{Version}";

    public GroupVersionKind ResponseKind => new(Group, Version, Kind);

    public static DiscoveredResource Of(KindDefinition kind, IReadOnlyList<string> verbs) => new(kind.Group, kind.Version, kind.Plural, kind.Singular, kind.Kind, kind.IsNamespaced, verbs)
    {
        ShortNames = kind.ShortNames,
        Categories = kind.Categories,
        Definition = kind,
    };
}

internal sealed record DiscoveredSubresource(string Name, GroupVersionKind ResponseKind, IReadOnlyList<string> Verbs);

internal readonly record struct GroupVersionKind(string Group, string Version, string Kind);
