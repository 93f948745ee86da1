using System.Text.Json.Serialization.Metadata;
using Federation.Api.Apps;
using Federation.Api.Decoding;
using Federation.Api.Json;
using Federation.Api.Meta;
using Federation.Api.Validation;

namespace Federation.Api;

/// <summary>Everything the API knows about one kind. A new kind declares its record, its <see cref="KindRules"/> and one of these.</summary>
public sealed record KindDefinition
{
    public required string Kind { get; init; }

    /// <summary>Empty for the core group.</summary>
    public required string Group { get; init; }
    public required string Version { get; init; }
    public required string Plural { get; init; }
    public required string Singular { get; init; }
    public IReadOnlyList<string> ShortNames { get; init; } = [];
    public IReadOnlyList<string> Categories { get; init; } = [];
    public required bool IsNamespaced { get; init; }
    public required KindStorage Storage { get; init; }
    public required Type ResourceType { get; init; }
    public required JsonTypeInfo TypeInfo { get; init; }
    public required KindRules Rules { get; init; }

    public string ApiVersion => Group.Length == 0 ? Version : $"{Group}/{Version}";

    /// <summary>Its pods are placed on clusters.</summary>
    public bool IsPlaced => ResourceType.IsAssignableTo(typeof(PlacedResource));

    /// <summary>As messages name the resource: <c>apps.federation</c>, <c>namespaces</c>.</summary>
    public string GroupResource => Group.Length == 0 ? Plural : $"{Plural}.{Group}";

    /// <summary>As messages name the kind: <c>App.federation</c>, <c>Namespace</c>.</summary>
    public string GroupKind => Group.Length == 0 ? Kind : $"{Kind}.{Group}";

    /// <summary>Reads what a user sent, strictly: every mistake of form with its path, and the object made of what was right. Never throws.</summary>
    public DecodeResult Decode(ReadOnlySpan<byte> utf8Json) => StrictDecoder.Decode(this, utf8Json);

    /// <summary>Reads what a user sent, fills in the defaults and validates: every mistake of form and of content together. Never throws.</summary>
    /// <param name="prepare">Sets what the server knows better than the body, such as the namespace of the URL; runs before the defaults.</param>
    public DecodeResult DecodeAndValidate(ReadOnlySpan<byte> utf8Json, Func<Resource, Resource>? prepare = null)
    {
        var decoded = Decode(utf8Json);
        if (decoded.Resource is null)
            return decoded;
        var resource = Default(prepare is null ? decoded.Resource : prepare(decoded.Resource));
        return new DecodeResult(resource, ErrorMerge.Merge(decoded.Errors, Validate(resource)));
    }

    /// <summary>The object with every absent field that has a default filled in. Idempotent.</summary>
    public Resource Default(Resource resource) => Rules.Default(resource);

    /// <summary>Everything that is wrong with the object's content, by path; empty when nothing is.</summary>
    public IReadOnlyList<FieldError> Validate(Resource resource)
    {
        var errors = new FieldErrors();
        MetadataRules.Validate(resource.Metadata, IsNamespaced, Rules.NameFormat, errors);
        Rules.Validate(resource, errors);
        return errors.All;
    }

    /// <summary>As <see cref="Validate"/>, and what an update may not change.</summary>
    public IReadOnlyList<FieldError> ValidateUpdate(Resource old, Resource next)
    {
        var errors = new FieldErrors();
        MetadataRules.ValidateUpdate(old.Metadata, next.Metadata, errors);
        Rules.ValidateUpdate(old, next, errors);
        return [.. errors.All, .. Validate(next)];
    }

    /// <summary>The object with the other's status: a write to the object itself leaves its status alone.</summary>
    public Resource WithStatusOf(Resource resource, Resource other) => Rules.WithStatusOf(resource, other);

    /// <summary>The current object with only its status replaced: a write to the status subresource.</summary>
    public Resource WithOnlyStatusOf(Resource current, Resource update) => Rules.WithStatusOf(current, update);

    /// <summary>Whether both ask for the same; if not, the generation grows by one.</summary>
    public bool SpecEquals(Resource left, Resource right) => Rules.SpecEquals(left, right);

    /// <summary>Reads an object this product wrote, and puts its revision in.</summary>
    public Resource ReadStored(ReadOnlySpan<byte> utf8Json, long revision) => ApiJson.Read(this, utf8Json).WithRevision(revision);
}

public enum KindStorage
{
    /// <summary>Objects live in the store; users write them.</summary>
    Stored,

    /// <summary>Aggregated from the clusters' reports; read-only, in memory.</summary>
    Reported,

    /// <summary>Measured by the clusters; read-only, made anew for who asks, and not to be watched.</summary>
    Measured,

    /// <summary>In the store, never served.</summary>
    Internal,
}
