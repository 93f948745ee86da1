using Federation.Api.Core;
using Federation.Api.Validation;

namespace Federation.Api.Apps;

/// <summary>What variables and files have in common: names of objects, keys, fields of the pod.</summary>
internal static class ReferenceRules
{
    public static void ValidateName(string name, FieldPath path, FieldErrors errors)
    {
        if (name.Length == 0)
            errors.Required(path);
        else if (!Syntax.IsDns1123Subdomain(name))
            errors.Invalid(path, name, Syntax.Dns1123SubdomainRule);
    }

    public static void ValidateKey(string key, FieldPath path, FieldErrors errors)
    {
        if (key.Length == 0)
            errors.Required(path);
        else if (!Syntax.IsConfigKey(key))
            errors.Invalid(path, key, DataRules.KeyRule);
    }

    /// <param name="reference">The reference.</param>
    /// <param name="allowsWhole">All labels, or all annotations, may be meant.</param>
    /// <param name="path">Where it stands.</param>
    /// <param name="errors">Gets what is wrong.</param>
    public static void ValidateField(FieldReference reference, bool allowsWhole, FieldPath path, FieldErrors errors)
    {
        var at = path.Child("fieldPath");
        if (reference.FieldPath.Length == 0)
            errors.Required(at);
        else if (!PodFieldPath.TryParse(reference.FieldPath, out var field) || (field.IsWhole && !allowsWhole))
            errors.NotSupported(at, reference.FieldPath, allowsWhole ? [.. PodFieldPath.Known, "metadata.labels", "metadata.annotations"] : PodFieldPath.Known);
        else if (field.Key is { } key && !Syntax.IsQualifiedName(key))
            errors.Invalid(at, key, Syntax.QualifiedNameRule);
    }

    public static void ValidateResource(ResourceFieldReference reference, bool needsContainer, IReadOnlyCollection<string> containers, FieldPath path, FieldErrors errors)
    {
        var at = path.Child("containerName");
        if (reference.ContainerName is { Length: > 0 } container && !containers.Contains(container))
            errors.Invalid(at, container, "must be the name of a container of the pod");
        else if (string.IsNullOrEmpty(reference.ContainerName) && needsContainer)
            errors.Required(at);

        if (reference.Resource.Length == 0)
            errors.Required(path.Child("resource"));
        else if (!ResourceFields.Known.Contains(reference.Resource))
            errors.NotSupported(path.Child("resource"), reference.Resource, ResourceFields.Known);
        if (reference.Divisor is { Milli: <= 0 } divisor)
            errors.Invalid(path.Child("divisor"), divisor.ToString(), "must be greater than 0");
    }
}
