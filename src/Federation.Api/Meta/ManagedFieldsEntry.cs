using System.Text.Json;

namespace Federation.Api.Meta;

/// <summary>The fields one manager answers for. An applier is refused what others own, unless it forces.</summary>
public sealed record ManagedFieldsEntry
{
    /// <summary>The workflow that made the change, such as <c>kubectl-edit</c>.</summary>
    public string? Manager { get; init; }

    /// <summary><c>Apply</c> or <c>Update</c>.</summary>
    public string? Operation { get; init; }

    /// <summary>The version the write was made with.</summary>
    public string? ApiVersion { get; init; }

    /// <summary>When the manager last changed something.</summary>
    public DateTimeOffset? Time { get; init; }

    /// <summary><c>FieldsV1</c></summary>
    public string? FieldsType { get; init; }

    /// <summary>The fields as a tree: <c>f:name</c> a field, <c>k:{"name":"web"}</c> a list element by its keys, <c>v:"x"</c> by its value.</summary>
    public JsonElement? FieldsV1 { get; init; }

    /// <summary>The subresource the change was made through; absent: the object itself.</summary>
    public string? Subresource { get; init; }
}
