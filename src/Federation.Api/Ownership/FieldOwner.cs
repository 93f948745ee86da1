using System.Text.Json;
using Federation.Api.Meta;

namespace Federation.Api.Ownership;

/// <summary>One manager of an object and what it owns.</summary>
/// <param name="Name">Such as <c>kubectl</c>.</param>
/// <param name="IsApply">Stated by server-side apply: conflicts stop others' applies; false: by any other write.</param>
/// <param name="ApiVersion">That the write was made with.</param>
/// <param name="Subresource">That the write went to; empty: the object itself.</param>
/// <param name="Fields">What it owns.</param>
/// <param name="Time">Of its last change.</param>
internal sealed record FieldOwner(string Name, bool IsApply, string ApiVersion, string Subresource, FieldSet Fields, DateTimeOffset? Time)
{
    private const string FieldsType = "FieldsV1";

    /// <summary>The entry this was read from; reused while the fields stay.</summary>
    private ManagedFieldsEntry? Source { get; init; }

    /// <returns>Null: not an entry this server would write.</returns>
    public static FieldOwner? Read(ManagedFieldsEntry entry)
    {
        if (entry is not { Operation: "Apply" or "Update", FieldsType: FieldsType or null, FieldsV1: { } json } || FieldSetJson.Read(json) is not { } fields)
            return null;
        return new FieldOwner(entry.Manager ?? "", entry.Operation == "Apply", entry.ApiVersion ?? "", entry.Subresource ?? "", fields, entry.Time) { Source = entry };
    }

    /// <summary>Appliers are the same whatever version they speak.</summary>
    public bool IsSame(FieldOwner other) =>
        Name == other.Name && IsApply == other.IsApply && Subresource == other.Subresource && (IsApply || ApiVersion == other.ApiVersion);

    public FieldOwner With(FieldSet fields) => ReferenceEquals(fields, Fields) ? this : this with { Fields = fields, Source = null };

    public FieldOwner At(DateTimeOffset time) => this with { Time = time, Source = null };

    public ManagedFieldsEntry Write() => Source ?? new ManagedFieldsEntry
    {
        Manager = Name,
        Operation = IsApply ? "Apply" : "Update",
        ApiVersion = ApiVersion,
        Time = Time,
        FieldsType = FieldsType,
        FieldsV1 = FieldSetJson.Write(Fields),
        Subresource = Subresource.Length == 0 ? null : Subresource,
    };

    /// <summary>As Kubernetes names it in a conflict.</summary>
    public override string ToString()
    {
        var name = JsonSerializer.Serialize(Name, Json.ApiJson.TypeInfo<string>());
        if (Subresource.Length > 0)
            name += $" with subresource {JsonSerializer.Serialize(Subresource, Json.ApiJson.TypeInfo<string>())}";
        return IsApply ? name : $"{name} using {ApiVersion}";
    }
}
