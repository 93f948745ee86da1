using System.Diagnostics.CodeAnalysis;

namespace Federation.Api;

/// <summary>Names one object of the API: its kind, its namespace (empty for cluster-scoped kinds) and its name.</summary>
/// <remarks>The text form is <c>Kind/namespace/name</c> (<c>Cluster//us-east</c>); it is also the grain key. Kinds are unique across groups.</remarks>
public readonly record struct ObjectKey(string Kind, string Namespace, string Name)
{
    public static ObjectKey ClusterScoped(string kind, string name) => new(kind, "", name);

    public static ObjectKey Parse(string text) =>
        TryParse(text, out var key) ? key : throw new FormatException($"'{text}' is not an object key of the form Kind/namespace/name.");

    public static bool TryParse([NotNullWhen(true)] string? text, out ObjectKey key)
    {
        key = default;
        var parts = text?.Split('/');
        if (parts is not { Length: 3 } || parts[0].Length == 0 || parts[2].Length == 0)
            return false;
        key = new ObjectKey(parts[0], parts[1], parts[2]);
        return true;
    }

    public override string ToString() => $"{Kind}/{Namespace}/{Name}";
}
