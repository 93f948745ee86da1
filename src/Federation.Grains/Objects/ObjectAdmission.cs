using Federation.Api;
using Federation.Api.Json;
using Federation.Api.Meta;
using Federation.Api.Ownership;
using Federation.Api.Patches;
using Federation.Api.Validation;

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
        var body = new BodyReader(definition, command.FieldValidation);
        var admission = Judge(current, command, new WriteMoment(WholeSeconds(now), newUid), body);
        return body.Warnings.Count == 0 ? admission : admission with { Warnings = body.Warnings };
    }

    /// <summary>What a controller's own change of its object comes to: taken as given, but for the generation, which follows the spec.</summary>
    public Admission Settle(Resource current, Resource next)
    {
        var generation = current.Metadata.Generation + (definition.SpecEquals(current, next) ? 0 : 1);
        next = next with { Metadata = next.Metadata with { Generation = generation } };
        if (next.IsDeleting && next.Metadata.Finalizers.Count == 0)
            return new Admission.Remove(next);
        return ApiJson.AreStoredAlike(current, next) ? new Admission.Unchanged(current) : new Admission.Put(next, Created: false);
    }

    private Admission Judge(Resource? current, WriteCommand command, WriteMoment moment, BodyReader reader)
    {
        if (command.Verb == WriteVerb.Create)
            return current is null ? Create(command, moment, reader) : Refuse(Statuses.AlreadyExists(definition, key.Name));
        if (current is null && (command.Verb != WriteVerb.Apply || command.Subresource.Length > 0))
            return Refuse(Statuses.NotFound(definition, key.Name));
        if (current is not null && Mismatch(current, command.Uid, command.ResourceVersion) is { } mismatch)
            return Refuse(mismatch);
        return command.Verb switch
        {
            WriteVerb.Apply => Apply(current, command, moment, reader),
            WriteVerb.Replace => Replace(current!, reader.Take(command.Body), command, moment, reader),
            WriteVerb.Delete => Delete(current!, command.Propagation, moment.Now),
            _ => Patch(current!, command, moment, reader),
        };
    }

    private Admission Create(WriteCommand command, WriteMoment moment, BodyReader reader)
    {
        var (next, stated, refusal) = MakeNew(reader.Take(command.Body), moment, reader);
        if (refusal is not null)
            return Refuse(refusal);
        if (!string.IsNullOrEmpty(stated.ResourceVersion))
            return Refuse(Statuses.BadRequest("resourceVersion should not be set on objects to be created"));
        var owners = command.FieldManager is null ? [] : ManagerOf(command, moment).Update(null, next!, []);
        return new Admission.Put(WithOwners(next!, owners), Created: true);
    }

    private Admission Patch(Resource current, WriteCommand command, WriteMoment moment, BodyReader reader)
    {
        var document = ApiJson.Write(current, current.Revision() ?? 0);
        var patch = reader.Take(command.Body);
        var patched = command.Verb switch
        {
            WriteVerb.JsonPatch => JsonPatch.Apply(document, patch),
            WriteVerb.StrategicPatch => StrategicMergePatch.Apply(definition, document, patch),
            _ => MergePatch.Apply(document, patch),
        };
        if (patched.IsApplied)
            return Replace(current, patched.Json, command, moment, reader);
        return Refuse(patched.IsRefused ? Statuses.PatchRefused(definition, key.Name, patched.Error!) : Statuses.BadRequest(patched.Error!));
    }

    private Admission Replace(Resource current, ReadOnlyMemory<byte> body, WriteCommand command, WriteMoment moment, BodyReader reader)
    {
        var (next, stated, refusal) = MakeNext(current, body, command.Subresource, reader);
        if (refusal is not null)
            return Refuse(refusal);
        if (command.FieldManager is not null)
            next = WithOwners(next!, ManagerOf(command, moment).Update(current, next!, stated.ManagedFields));
        return Settle(current, next!);
    }

    private Admission Apply(Resource? current, WriteCommand command, WriteMoment moment, BodyReader reader)
    {
        var body = reader.Take(command.Body);
        var decoded = reader.Decode(body);
        if (decoded.Resource is not { Metadata: var stated } || decoded.Errors.Count > 0)
            return Refuse(Statuses.Invalid(definition, key.Name, decoded.Errors));
        if (stated.ManagedFields.Count > 0)
            return Refuse(Statuses.BadRequest("metadata.managedFields must be nil"));
        if (WrongPlace(stated) is { } wrongPlace)
            return Refuse(wrongPlace);
        if (current is null ? stated.ResourceVersion is { Length: > 0 } : Mismatch(current, stated.Uid, stated.ResourceVersion) is not null)
            return Refuse(Statuses.Conflict(definition, key.Name));
        var (manager, errors) = (ManagerOf(command, moment), new FieldErrors());
        var apply = manager.BeginApply(current, body, decoded.Resource, errors);
        if (!errors.IsEmpty)
            return Refuse(Statuses.Invalid(definition, key.Name, errors.All));
        var (next, _, refusal) = current is null ? MakeNew(apply.Merged, moment, reader) : MakeNext(current, apply.Merged, command.Subresource, reader);
        if (refusal is not null)
            return Refuse(refusal);
        var (owned, conflicts) = manager.EndApply(current, next!, apply);
        if (conflicts.Count > 0 && !command.Force)
            return Refuse(Statuses.ApplyConflict(conflicts));
        return current is null ? new Admission.Put(owned, Created: true) : Settle(current, owned);
    }

    /// <summary>The object a body asks to create.</summary>
    private Made MakeNew(ReadOnlyMemory<byte> body, WriteMoment moment, BodyReader reader)
    {
        var stated = ObjectMeta.Empty;
        var decoded = reader.DecodeAndValidate(body, resource =>
        {
            stated = resource.Metadata;
            return definition.WithStatusOf(resource, ApiJson.Read(definition, "{}"u8)) with
            {
                Metadata = WithFinalizer(stated with
                {
                    Name = key.Name,
                    Namespace = key.Namespace.Length == 0 ? null : key.Namespace,
                    Uid = moment.NewUid,
                    ResourceVersion = null,
                    Generation = 1,
                    CreationTimestamp = moment.Now,
                    DeletionTimestamp = null,
                    DeletionGracePeriodSeconds = null,
                    ManagedFields = [],
                }),
            };
        });
        if (WrongPlace(stated) is { } wrongPlace)
            return new Made(null, stated, wrongPlace);
        return decoded.IsValid ? new Made(decoded.Resource, stated, null) : new Made(null, stated, Statuses.Invalid(definition, key.Name, decoded.Errors));
    }

    /// <summary>What a body makes of the object, owners aside.</summary>
    private Made MakeNext(Resource current, ReadOnlyMemory<byte> body, string subresource, BodyReader reader)
    {
        var stated = ObjectMeta.Empty;
        var decoded = reader.DecodeAndValidate(body, resource =>
        {
            stated = resource.Metadata;
            return subresource == WriteCommand.StatusSubresource
                ? definition.WithOnlyStatusOf(current, resource)
                : definition.WithStatusOf(resource, current) with { Metadata = WithFinalizer(Merged(current.Metadata, stated)) };
        });
        if (WrongPlace(stated) is { } wrongPlace)
            return Wrong(wrongPlace);
        if (Mismatch(current, stated.Uid, stated.ResourceVersion) is { } mismatch)
            return Wrong(mismatch);
        if (decoded.Resource is not { } next || decoded.Errors.Count > 0)
            return Wrong(Statuses.Invalid(definition, key.Name, decoded.Errors));
        if (definition.ValidateUpdate(current, next) is { Count: > 0 } errors)
            return Wrong(Statuses.Invalid(definition, key.Name, errors));
        if (current.IsDeleting && next.Metadata.Finalizers.Except(current.Metadata.Finalizers).Any())
            return Wrong(Statuses.Forbidden(definition, key.Name, "no finalizer can be added while the object is being deleted"));
        return new Made(next, stated, null);

        Made Wrong(Status refusal) => new(null, stated, refusal);
    }

    private FieldManager ManagerOf(WriteCommand command, WriteMoment moment) =>
        new(definition, command.FieldManager ?? "", command.Subresource, finalizer, moment.Now);

    /// <remarks>Once asked for, a deletion keeps its propagation.</remarks>
    private static Admission Delete(Resource current, DeletePropagation propagation, DateTimeOffset now)
    {
        if (current.IsDeleting)
            return current.Metadata.Finalizers.Count == 0 ? new Admission.Remove(current) : new Admission.Unchanged(current);
        IReadOnlyList<string> finalizers = propagation switch
        {
            DeletePropagation.Foreground => [.. current.Metadata.Finalizers, FinalizerNames.Foreground],
            DeletePropagation.Orphan => [.. current.Metadata.Finalizers, FinalizerNames.Orphan],
            _ => current.Metadata.Finalizers,
        };
        if (finalizers.Count == 0)
            return new Admission.Remove(current);
        return new Admission.Put(
            current with
            {
                Metadata = current.Metadata with
                {
                    Finalizers = finalizers,
                    DeletionTimestamp = now,
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
        ManagedFields = current.ManagedFields,
    };

    private static Resource WithOwners(Resource resource, IReadOnlyList<ManagedFieldsEntry> owners) =>
        resource with { Metadata = resource.Metadata with { ManagedFields = owners } };

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

    /// <summary>Kubernetes' object timestamps have whole seconds.</summary>
    private static DateTimeOffset WholeSeconds(DateTimeOffset time) => new(time.UtcTicks - time.UtcTicks % TimeSpan.TicksPerSecond, TimeSpan.Zero);

    /// <summary>What a write takes from outside.</summary>
    private readonly record struct WriteMoment(DateTimeOffset Now, string NewUid);

    /// <summary>An object, or why there is none.</summary>
    /// <param name="Stated">The metadata as the client sent it.</param>
    private readonly record struct Made(Resource? Next, ObjectMeta Stated, Status? Refusal);
}
