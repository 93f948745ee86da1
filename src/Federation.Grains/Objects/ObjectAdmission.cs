using Federation.Api;
using Federation.Api.Json;
using Federation.Api.Meta;
using Federation.Api.Patches;

namespace Federation.Grains.Objects;

/// <summary>Decides what a write makes of an object. Pure: nothing is changed, whatever comes out.</summary>
/// <remarks>Order: existence and preconditions, then decode (strict), defaults, validation; all wrong fields come back in one 422.</remarks>
/// <param name="finalizer">Put on every object of the kind that is not being deleted; null: none.</param>
internal sealed class ObjectAdmission(KindDefinition definition, ObjectKey key, string? finalizer)
{
    /// <param name="current">The object with its resourceVersion; null: there is none.</param>
    /// <param name="newUid">The uid a created object gets.</param>
    public Admission Admit(Resource? current, WriteCommand command, DateTimeOffset now, string newUid)
    {
        if (command.Verb == WriteVerb.Create)
            return current is null ? Create(command, now, newUid) : Refuse(Statuses.AlreadyExists(definition, key.Name));
        if (current is null)
            return Refuse(Statuses.NotFound(definition, key.Name));
        if (Mismatch(current, command.Uid, command.ResourceVersion) is { } mismatch)
            return Refuse(mismatch);
        return command.Verb switch
        {
            WriteVerb.Replace => Replace(current, command.Body, command.Subresource),
            WriteVerb.Patch => Patch(current, command),
            _ => Delete(current, now),
        };
    }

    /// <summary>What a controller's own change of its object comes to: taken as given, but for the generation, which follows the spec.</summary>
    public Admission Settle(Resource current, Resource next)
    {
        var generation = current.Metadata.Generation + (definition.SpecEquals(current, next) ? 0 : 1);
        next = next with { Metadata = next.Metadata with { Generation = generation } };
        if (next.IsDeleting && next.Metadata.Finalizers.Count == 0)
            return new Admission.Remove(next);
        return AreSame(current, next) ? new Admission.Unchanged(current) : new Admission.Put(next, Created: false);
    }

    private Admission Create(WriteCommand command, DateTimeOffset now, string newUid)
    {
        var stated = ObjectMeta.Empty;
        var decoded = definition.DecodeAndValidate(command.Body.Span, resource =>
        {
            stated = resource.Metadata;
            return definition.WithStatusOf(resource, ApiJson.Read(definition, "{}"u8)) with
            {
                Metadata = WithFinalizer(stated with
                {
                    Name = key.Name,
                    Namespace = key.Namespace.Length == 0 ? null : key.Namespace,
                    Uid = newUid,
                    ResourceVersion = null,
                    Generation = 1,
                    CreationTimestamp = WholeSeconds(now),
                    DeletionTimestamp = null,
                    DeletionGracePeriodSeconds = null,
                }),
            };
        });
        if (WrongPlace(stated) is { } wrongPlace)
            return Refuse(wrongPlace);
        if (!string.IsNullOrEmpty(stated.ResourceVersion))
            return Refuse(Statuses.BadRequest("resourceVersion should not be set on objects to be created"));
        return decoded.IsValid ? new Admission.Put(decoded.Resource!, Created: true) : Refuse(Statuses.Invalid(definition, key.Name, decoded.Errors));
    }

    private Admission Patch(Resource current, WriteCommand command)
    {
        var patched = MergePatch.Apply(ApiJson.Write(current, current.Revision() ?? 0), command.Body);
        return patched.IsApplied ? Replace(current, patched.Json, command.Subresource) : Refuse(Statuses.BadRequest(patched.Error!));
    }

    private Admission Replace(Resource current, ReadOnlyMemory<byte> body, string subresource)
    {
        var stated = ObjectMeta.Empty;
        var decoded = definition.DecodeAndValidate(body.Span, resource =>
        {
            stated = resource.Metadata;
            return subresource == WriteCommand.StatusSubresource
                ? definition.WithOnlyStatusOf(current, resource)
                : definition.WithStatusOf(resource, current) with { Metadata = WithFinalizer(Merged(current.Metadata, stated)) };
        });
        if (WrongPlace(stated) is { } wrongPlace)
            return Refuse(wrongPlace);
        if (Mismatch(current, stated.Uid, stated.ResourceVersion) is { } mismatch)
            return Refuse(mismatch);
        if (decoded.Resource is not { } next || decoded.Errors.Count > 0)
            return Refuse(Statuses.Invalid(definition, key.Name, decoded.Errors));
        if (definition.ValidateUpdate(current, next) is { Count: > 0 } errors)
            return Refuse(Statuses.Invalid(definition, key.Name, errors));
        if (current.IsDeleting && next.Metadata.Finalizers.Except(current.Metadata.Finalizers).Any())
            return Refuse(Statuses.Forbidden(definition, key.Name, "no finalizer can be added while the object is being deleted"));
        return Settle(current, next);
    }

    private static Admission Delete(Resource current, DateTimeOffset now)
    {
        if (current.Metadata.Finalizers.Count == 0)
            return new Admission.Remove(current);
        if (current.IsDeleting)
            return new Admission.Unchanged(current);
        return new Admission.Put(
            current with
            {
                Metadata = current.Metadata with
                {
                    DeletionTimestamp = WholeSeconds(now),
                    DeletionGracePeriodSeconds = 0,
                    Generation = current.Metadata.Generation + 1,
                },
            },
            Created: false);
    }

    /// <summary>What the client may set, over what the server owns.</summary>
    private static ObjectMeta Merged(ObjectMeta current, ObjectMeta stated) => stated with
    {
        Name = current.Name,
        GenerateName = current.GenerateName,
        Namespace = current.Namespace,
        Uid = current.Uid,
        ResourceVersion = current.ResourceVersion,
        Generation = current.Generation,
        CreationTimestamp = current.CreationTimestamp,
        DeletionTimestamp = current.DeletionTimestamp,
        DeletionGracePeriodSeconds = current.DeletionGracePeriodSeconds,
    };

    private ObjectMeta WithFinalizer(ObjectMeta metadata) =>
        finalizer is null || metadata.DeletionTimestamp is not null || metadata.Finalizers.Contains(finalizer)
            ? metadata
            : metadata with { Finalizers = [.. metadata.Finalizers, finalizer] };

    private Status? WrongPlace(ObjectMeta stated)
    {
        if (stated.Name.Length > 0 && stated.Name != key.Name)
            return Statuses.BadRequest($"the name of the object ({stated.Name}) does not match the name on the URL ({key.Name})");
        return !string.IsNullOrEmpty(stated.Namespace) && stated.Namespace != key.Namespace
            ? Statuses.BadRequest($"the namespace of the object ({stated.Namespace}) does not match the namespace on the URL ({key.Namespace})")
            : null;
    }

    private Status? Mismatch(Resource current, string? uid, string? resourceVersion)
    {
        if (!string.IsNullOrEmpty(uid) && uid != current.Metadata.Uid)
            return Statuses.Conflict(definition, key.Name, $"the object has uid {current.Metadata.Uid}, not {uid}: it was deleted and created again");
        return !string.IsNullOrEmpty(resourceVersion) && resourceVersion != current.Metadata.ResourceVersion
            ? Statuses.Conflict(definition, key.Name)
            : null;
    }

    private static Admission.Refused Refuse(Status failure) => new Admission.Refused(failure);

    /// <summary>Compared as what would be stored: records hold lists, so their own equality says nothing.</summary>
    private static bool AreSame(Resource left, Resource right) =>
        ReferenceEquals(left, right) || ApiJson.Write(left).AsSpan().SequenceEqual(ApiJson.Write(right));

    /// <summary>Kubernetes' object timestamps have whole seconds.</summary>
    private static DateTimeOffset WholeSeconds(DateTimeOffset time) => new(time.UtcTicks - time.UtcTicks % TimeSpan.TicksPerSecond, TimeSpan.Zero);
}
