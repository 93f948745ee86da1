using Federation.Api.Validation;

namespace Federation.Api.Apps;

/// <summary>What may stand in <c>env</c> and <c>envFrom</c>. In Kubernetes' words.</summary>
internal static class EnvRules
{
    private const string NoAddressYet =
        "is not known before the pod's first container runs: only the containers after it can have it as a variable; a downwardAPI volume has it as a file";

    private const string OneAtATime = "may not have more than one field specified at a time";

    /// <param name="container">The container.</param>
    /// <param name="ownsNetwork">Its start is what gives the pod its address, so no variable of it can hold that.</param>
    /// <param name="containers">Names of all containers of the pod.</param>
    /// <param name="path">Where it stands.</param>
    /// <param name="errors">Gets what is wrong.</param>
    public static void Validate(ContainerSpec container, bool ownsNetwork, IReadOnlyCollection<string> containers, FieldPath path, FieldErrors errors)
    {
        var names = new HashSet<string>();
        for (var i = 0; i < container.Env.Count; i++)
        {
            Validate(container.Env[i], names, containers, path.Child("env").Index(i), errors);
            if (ownsNetwork && container.Env[i].ValueFrom?.FieldRef is { FieldPath: "status.podIP" } field)
                errors.Invalid(path.Child("env").Index(i).Child("valueFrom", "fieldRef").Child("fieldPath"), field.FieldPath, NoAddressYet);
        }

        for (var i = 0; i < container.EnvFrom.Count; i++)
            Validate(container.EnvFrom[i], path.Child("envFrom").Index(i), errors);
    }

    private static void Validate(EnvVar variable, HashSet<string> names, IReadOnlyCollection<string> containers, FieldPath path, FieldErrors errors)
    {
        if (variable.Name.Length == 0)
            errors.Required(path.Child("name"));
        else if (!Syntax.IsEnvName(variable.Name))
            errors.Invalid(path.Child("name"), variable.Name, Syntax.EnvNameRule);
        else if (!names.Add(variable.Name))
            errors.Duplicate(path.Child("name"), variable.Name);
        if (variable.Value.Contains('\0'))
            errors.Invalid(path.Child("value"), variable.Value, "must not contain a NUL character");
        if (variable.ValueFrom is not { } source)
            return;

        var at = path.Child("valueFrom");
        if (variable.Value.Length > 0)
            errors.Invalid(at, "", "may not be specified when `value` is not empty");
        var sources = ((object?[])[source.ConfigMapKeyRef, source.SecretKeyRef, source.FieldRef, source.ResourceFieldRef]).Count(one => one is not null);
        if (sources == 0)
            errors.Required(at, "must specify one of configMapKeyRef, secretKeyRef, fieldRef and resourceFieldRef");
        else if (sources > 1)
            errors.Invalid(at, "", OneAtATime);

        if (source.ConfigMapKeyRef is { } map)
            Validate(map, at.Child("configMapKeyRef"), errors);
        if (source.SecretKeyRef is { } secret)
            Validate(secret, at.Child("secretKeyRef"), errors);
        if (source.FieldRef is { } field)
            ReferenceRules.ValidateField(field, allowsWhole: false, at.Child("fieldRef"), errors);
        if (source.ResourceFieldRef is { } resource)
            ReferenceRules.ValidateResource(resource, needsContainer: false, containers, at.Child("resourceFieldRef"), errors);
    }

    private static void Validate(EnvFromSource source, FieldPath path, FieldErrors errors)
    {
        if (source.Prefix is { Length: > 0 } prefix && !Syntax.IsEnvName(prefix))
            errors.Invalid(path.Child("prefix"), prefix, Syntax.EnvNameRule);
        if (source.ConfigMapRef is null && source.SecretRef is null)
            errors.Required(path, "must specify one of configMapRef and secretRef");
        else if (source.ConfigMapRef is not null && source.SecretRef is not null)
            errors.Invalid(path, "", OneAtATime);

        if (source.ConfigMapRef is { } map)
            ReferenceRules.ValidateName(map.Name, path.Child("configMapRef", "name"), errors);
        if (source.SecretRef is { } secret)
            ReferenceRules.ValidateName(secret.Name, path.Child("secretRef", "name"), errors);
    }

    private static void Validate(KeyReference reference, FieldPath path, FieldErrors errors)
    {
        ReferenceRules.ValidateName(reference.Name, path.Child("name"), errors);
        ReferenceRules.ValidateKey(reference.Key, path.Child("key"), errors);
    }
}
