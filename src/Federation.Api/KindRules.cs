using Federation.Api.Json;
using Federation.Api.Meta;
using Federation.Api.Validation;

namespace Federation.Api;

/// <summary>What one kind says about its objects: defaults, mistakes, which part is spec and which is status, which fields can be selected by.</summary>
public abstract class KindRules
{
    public virtual NameFormat NameFormat => NameFormat.Label;

    /// <summary>Readers of the fields a field selector may name, besides <c>metadata.name</c> and <c>metadata.namespace</c>.</summary>
    public virtual IReadOnlyDictionary<string, Func<Resource, string>> SelectableFields => NoFields;

    private static IReadOnlyDictionary<string, Func<Resource, string>> NoFields { get; } = new Dictionary<string, Func<Resource, string>>();

    /// <summary>The object with every absent field that has a default filled in. Idempotent.</summary>
    public virtual Resource Default(Resource resource) => resource;

    /// <summary>Adds what is wrong outside the metadata. Runs on objects that were not defaulted, too.</summary>
    public virtual void Validate(Resource resource, FieldErrors errors)
    {
    }

    /// <summary>Adds what an update may not change. The new object is valid by itself.</summary>
    public virtual void ValidateUpdate(Resource old, Resource next, FieldErrors errors)
    {
    }

    /// <summary>The object with the other's status: what a write to the object itself must not change.</summary>
    public virtual Resource WithStatusOf(Resource resource, Resource other) => resource;

    /// <summary>Whether both ask for the same: the generation stays.</summary>
    public virtual bool SpecEquals(Resource left, Resource right) => true;
}

/// <summary>A kind with a spec.</summary>
public abstract class KindRules<TResource, TSpec> : KindRules
    where TResource : Resource
    where TSpec : class
{
    public sealed override Resource Default(Resource resource) => Default((TResource)resource);

    public sealed override void Validate(Resource resource, FieldErrors errors) => Validate((TResource)resource, errors);

    public sealed override Resource WithStatusOf(Resource resource, Resource other) => WithStatusOf((TResource)resource, (TResource)other);

    public sealed override bool SpecEquals(Resource left, Resource right) => ApiJson.AreWrittenAlike(Spec((TResource)left), Spec((TResource)right));

    protected abstract TSpec Spec(TResource resource);

    protected virtual TResource Default(TResource resource) => resource;

    protected virtual void Validate(TResource resource, FieldErrors errors)
    {
    }

    protected virtual TResource WithStatusOf(TResource resource, TResource other) => resource;
}
