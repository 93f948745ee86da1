using Federation.Api;
using Federation.Gateway.Sources;

namespace Federation.Gateway.Resources;

/// <summary>A served kind and where its objects are.</summary>
/// <param name="HasScale">Serves <c>/scale</c>.</param>
internal sealed record KindServer(KindDefinition Kind, IResourceSource Source, bool HasScale)
{
    /// <summary>Nothing of it is written, or only what translates into a write of another kind.</summary>
    public bool IsReadOnly => Kind.Storage != KindStorage.Stored;

    /// <summary>A kind with a status of its own serves <c>/status</c>.</summary>
    public bool HasStatus { get; } = Kind.TypeInfo.Properties.Any(property => property.Name == "status");

    /// <summary><c>/api/v1</c> or <c>/apis/group/version</c>.</summary>
    public string Root { get; } = Kind.Group.Length == 0 ? $"/api/{Kind.Version}" : $"/apis/{Kind.Group}/{Kind.Version}";

    public bool CanWatch => Kind.Storage != KindStorage.Measured;

    /// <summary>One request that empties every namespace is nothing anybody wants.</summary>
    public bool HasDeleteCollection => !IsReadOnly && Kind != Kinds.Namespace;

    public string[] Verbs => this switch
    {
        { Kind: var kind } when kind == Kinds.Pod => ["delete", "get", "list", "watch"],
        { Kind: var kind } when kind == Kinds.Node => ["get", "list", "patch", "update", "watch"],
        { CanWatch: false } => ["get", "list"],
        { IsReadOnly: true } => ["get", "list", "watch"],
        { HasDeleteCollection: false } => ["create", "delete", "get", "list", "patch", "update", "watch"],
        _ => ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
    };
}
