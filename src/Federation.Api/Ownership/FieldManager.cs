using System.Text;
using System.Text.Json;
using Federation.Api.Json;
using Federation.Api.Merging;
using Federation.Api.Meta;
using Federation.Api.Validation;

namespace Federation.Api.Ownership;

/// <summary>Keeps <c>metadata.managedFields</c>: who answers for which field of an object. Pure.</summary>
/// <param name="kind">The object's kind.</param>
/// <param name="name">The manager's name.</param>
/// <param name="subresource">What the write goes to; empty: the object itself.</param>
/// <param name="serverFinalizer">Put there by the server, owned by nobody; null: none.</param>
/// <param name="now">The entry's time, in whole seconds.</param>
public sealed class FieldManager(KindDefinition kind, string name, string subresource, string? serverFinalizer, DateTimeOffset now)
{
    /// <summary>Where kubectl keeps the manifest it applied from the client.</summary>
    private const string LastApplied = "kubectl.kubernetes.io/last-applied-configuration";

    private readonly MergeSchema _schema = MergeSchema.Of(kind);
    private readonly FieldSet _serverFinalizer = FinalizerField(serverFinalizer);

    /// <summary>What a PUT, POST or patch makes of the owners.</summary>
    /// <param name="live">The object before; null: it is created.</param>
    /// <param name="next">The object after.</param>
    /// <param name="stated">What the client sent as <c>managedFields</c>: understood, it replaces the owners; <c>[{}]</c> forgets them.</param>
    /// <returns>The owners after the write.</returns>
    /// <remarks>An object that nobody owns a part of (made by a controller, or forgotten) stays so until its first apply.</remarks>
    public IReadOnlyList<ManagedFieldsEntry> Update(Resource? live, Resource next, IReadOnlyList<ManagedFieldsEntry> stated)
    {
        var known = Given(live, stated);
        var entries = known ?? live?.Metadata.ManagedFields ?? [];
        if (live is not null && entries.Count == 0)
            return [];
        var owners = FieldOwners.Read(entries) ?? FieldOwners.None;
        using var after = JsonDocument.Parse(Bare(next));
        using var before = live is null ? null : JsonDocument.Parse(Bare(live));
        var comparison = Compare(before, after);
        return comparison.Changed.IsEmpty && comparison.Removed.IsEmpty ? entries : owners.AfterUpdate(Me(isApply: false), comparison, now).Write();
    }

    /// <summary>Begins a server-side apply: the object it asks for, still to be decoded, defaulted and validated.</summary>
    /// <param name="live">The object before; null: it is created.</param>
    /// <param name="body">What the client sent, as JSON.</param>
    /// <param name="decoded">The same, decoded without defaults.</param>
    /// <param name="errors">Takes lists whose elements cannot be told apart; then nothing of the result means anything.</param>
    public FieldApply BeginApply(Resource? live, ReadOnlyMemory<byte> body, Resource decoded, FieldErrors errors)
    {
        var applier = Me(isApply: true);
        var owners = Owners(live);
        using var before = JsonDocument.Parse(live is null ? "{}"u8.ToArray() : ApiJson.Write(live));
        using var raw = JsonDocument.Parse(body);
        using var read = JsonDocument.Parse(ApiJson.Write(decoded));
        using var stated = JsonDocument.Parse(StatedFields.Cut(raw.RootElement, read.RootElement, kind, subresource == "status", errors));
        var fields = Ownable(FieldComparison.FieldsOf(stated.RootElement, _schema));
        var wanted = FieldSet.Union(fields, owners.FieldsOfOthers(applier));
        var merged = ApplyMerge.Merge(before.RootElement, stated.RootElement, _schema, owners.FieldsOf(applier), wanted);
        return new FieldApply(merged, owners, applier, fields);
    }

    /// <summary>Ends a server-side apply.</summary>
    /// <returns>The object with its owners, and what stands against it unless it is forced.</returns>
    public (Resource Next, IReadOnlyList<FieldConflict> Conflicts) EndApply(Resource? live, Resource next, FieldApply apply)
    {
        using var before = live is null ? null : JsonDocument.Parse(Bare(live));
        using var after = JsonDocument.Parse(Bare(next));
        var comparison = Compare(before, after);
        // Emptying a list that another one filled is a change of it, although the field goes.
        var taken = FieldSet.Union(comparison.Changed, FieldSet.Intersect(comparison.Removed, apply.Stated));
        var conflicts = apply.Owners.Conflicts(apply.Applier, live is null ? taken : taken.Without(LastAppliedByKubectl(live)));
        var owners = apply.Owners.AfterApply(apply.Applier, FieldSet.Union(taken, comparison.Removed), apply.Stated, now);
        var isSame = live is { Metadata.ManagedFields.Count: > 0 } && comparison.Changed.IsEmpty && comparison.Removed.IsEmpty && owners.OwnersEqual(apply.Owners);
        return (next with { Metadata = next.Metadata with { ManagedFields = isSame ? live!.Metadata.ManagedFields : owners.Write() } }, conflicts);
    }

    /// <returns>Null: the client says nothing that counts.</returns>
    private IReadOnlyList<ManagedFieldsEntry>? Given(Resource? live, IReadOnlyList<ManagedFieldsEntry> stated)
    {
        if (live is null || subresource.Length > 0)
            return null;
        if (stated is [var only] && only == new ManagedFieldsEntry())
            return [];
        if (stated.Count == 0 || FieldOwners.Read(stated) is not { IsEmpty: false } given)
            return null;
        return FieldOwners.Read(live.Metadata.ManagedFields) is { } known && known.OwnersEqual(given) ? null : stated;
    }

    /// <summary>What stood there before the first apply belongs to those who put it there, known or not.</summary>
    private FieldOwners Owners(Resource? live)
    {
        if (live is null)
            return FieldOwners.None;
        if (FieldOwners.Read(live.Metadata.ManagedFields) is { IsEmpty: false } known)
            return known;
        using var document = JsonDocument.Parse(Bare(live));
        var all = Ownable(FieldComparison.FieldsOf(document.RootElement, _schema));
        return FieldOwners.Of(new FieldOwner("before-first-apply", IsApply: false, kind.ApiVersion, "", all, now));
    }

    /// <summary>What kubectl applied from the client and nobody changed since: kubectl's server-side apply may go on with it.</summary>
    private FieldSet LastAppliedByKubectl(Resource live)
    {
        if (name != "kubectl" || !live.Metadata.Annotations.TryGetValue(LastApplied, out var text))
            return FieldSet.Empty;
        var body = Encoding.UTF8.GetBytes(text);
        var (decoded, errors) = (kind.Decode(body), new FieldErrors());
        if (!decoded.IsValid)
            return FieldSet.Empty;
        using var raw = JsonDocument.Parse(body);
        using var read = JsonDocument.Parse(ApiJson.Write(decoded.Resource!));
        using var applied = JsonDocument.Parse(StatedFields.Cut(raw.RootElement, read.RootElement, kind, isStatus: false, errors));
        using var current = JsonDocument.Parse(Bare(live));
        var since = FieldComparison.Of(current.RootElement, applied.RootElement, _schema).Changed;
        return FieldComparison.FieldsOf(applied.RootElement, _schema).Without(since);
    }

    private FieldComparison Compare(JsonDocument? before, JsonDocument after)
    {
        var all = FieldComparison.Of(before?.RootElement, after.RootElement, _schema);
        return new FieldComparison(Ownable(all.Changed), Ownable(all.Removed));
    }

    /// <summary>Without what the server sets and what the write cannot reach.</summary>
    private FieldSet Ownable(FieldSet fields)
    {
        var ownable = new FieldSet();
        foreach (var (step, child) in fields.Children)
        {
            if (step is not ("f:apiVersion" or "f:kind") && step == "f:status" == (subresource == "status"))
                ownable.Put(step, step == "f:metadata" ? OwnableMetadata(child) : child);
        }

        return ownable;
    }

    private FieldSet OwnableMetadata(FieldSet metadata)
    {
        var ownable = new FieldSet();
        foreach (var (step, child) in metadata.Children)
        {
            if (!StatedFields.ServerMetadata.Contains(step[2..]))
                ownable.Put(step, step == "f:finalizers" ? child.Without(_serverFinalizer) : child);
        }

        return ownable;
    }

    private FieldOwner Me(bool isApply) => new(name, isApply, kind.ApiVersion, subresource, FieldSet.Empty, now);

    private static FieldSet FinalizerField(string? finalizer)
    {
        var field = new FieldSet();
        if (finalizer is not null)
            field.Put($"v:\"{finalizer}\"", new FieldSet { IsMember = true });
        return field;
    }

    private static byte[] Bare(Resource resource) =>
        ApiJson.Write(resource with { Metadata = resource.Metadata with { ManagedFields = [], ResourceVersion = null } });
}

/// <summary>A server-side apply half way: between merging and defaulting.</summary>
public sealed record FieldApply
{
    internal FieldApply(ReadOnlyMemory<byte> merged, FieldOwners owners, FieldOwner applier, FieldSet stated) =>
        (Merged, Owners, Applier, Stated) = (merged, owners, applier, stated);

    /// <summary>UTF-8 JSON of the object it asks for.</summary>
    public ReadOnlyMemory<byte> Merged { get; }

    internal FieldOwners Owners { get; }

    internal FieldOwner Applier { get; }

    internal FieldSet Stated { get; }
}
