using System.Text;
using Federation.Api.Meta;

namespace Federation.Api.Validation;

/// <summary>How an object's name must look.</summary>
public enum NameFormat
{
    /// <summary>One label: the name becomes part of DNS names and container names.</summary>
    Label,
    Subdomain,
}

/// <summary>The rules every object's metadata follows.</summary>
internal static class MetadataRules
{
    /// <summary>All annotations of an object together, keys included.</summary>
    public const int AnnotationsLimit = 256 * 1024;

    public static void Validate(ObjectMeta metadata, bool isNamespaced, NameFormat format, FieldErrors errors)
    {
        ValidateName(metadata, format, errors);
        ValidateNamespace(metadata.Namespace, isNamespaced, errors);
        ValidateLabels(metadata.Labels, FieldPath.Metadata.Child("labels"), errors);
        ValidateAnnotations(metadata.Annotations, FieldPath.Metadata.Child("annotations"), errors);
        ValidateFinalizers(metadata.Finalizers, errors);
        ValidateOwners(metadata.OwnerReferences, errors);
    }

    public static void ValidateUpdate(ObjectMeta old, ObjectMeta next, FieldErrors errors)
    {
        Immutable("name", old.Name, next.Name);
        Immutable("namespace", old.Namespace, next.Namespace);
        Immutable("uid", old.Uid, next.Uid);

        void Immutable(string field, string? before, string? after)
        {
            if (!string.IsNullOrEmpty(after) && after != before)
                errors.Invalid(FieldPath.Metadata.Child(field), after, "field is immutable");
        }
    }

    public static void ValidateLabels(IReadOnlyDictionary<string, string> labels, FieldPath path, FieldErrors errors)
    {
        foreach (var (key, value) in labels)
        {
            if (!Syntax.IsQualifiedName(key))
                errors.Invalid(path, key, Syntax.QualifiedNameRule);
            if (!Syntax.IsLabelValue(value))
                errors.Invalid(path.Key(key), value, Syntax.LabelValueRule);
        }
    }

    public static void ValidateAnnotations(IReadOnlyDictionary<string, string> annotations, FieldPath path, FieldErrors errors)
    {
        long size = 0;
        foreach (var (key, value) in annotations)
        {
            size += Encoding.UTF8.GetByteCount(key) + Encoding.UTF8.GetByteCount(value);
            if (!Syntax.IsQualifiedName(key.ToLowerInvariant()))
                errors.Invalid(path, key, Syntax.QualifiedNameRule);
        }

        if (size > AnnotationsLimit)
            errors.TooLong(path, AnnotationsLimit);
    }

    private static void ValidateName(ObjectMeta metadata, NameFormat format, FieldErrors errors)
    {
        var path = FieldPath.Metadata.Child("name");
        if (metadata.Name.Length == 0)
        {
            if (string.IsNullOrEmpty(metadata.GenerateName))
                errors.Required(path, "name or generateName is required");
            // The generated suffix makes a valid ending of a prefix that ends in a dash.
            else if (!IsName(metadata.GenerateName + "x", format))
                errors.Invalid(FieldPath.Metadata.Child("generateName"), metadata.GenerateName, Rule(format));
        }
        else if (!IsName(metadata.Name, format))
        {
            errors.Invalid(path, metadata.Name, Rule(format));
        }
    }

    private static void ValidateNamespace(string? @namespace, bool isNamespaced, FieldErrors errors)
    {
        var path = FieldPath.Metadata.Child("namespace");
        if (!isNamespaced && !string.IsNullOrEmpty(@namespace))
            errors.Forbidden(path, "not allowed on this type");
        else if (isNamespaced && string.IsNullOrEmpty(@namespace))
            errors.Required(path);
        else if (isNamespaced && !Syntax.IsDns1123Label(@namespace))
            errors.Invalid(path, @namespace!, Syntax.Dns1123LabelRule);
    }

    private static void ValidateFinalizers(IReadOnlyList<string> finalizers, FieldErrors errors)
    {
        var path = FieldPath.Metadata.Child("finalizers");
        var seen = new HashSet<string>();
        for (var i = 0; i < finalizers.Count; i++)
        {
            if (!Syntax.IsQualifiedName(finalizers[i]))
                errors.Invalid(path.Index(i), finalizers[i], Syntax.QualifiedNameRule);
            else if (!seen.Add(finalizers[i]))
                errors.Duplicate(path.Index(i), finalizers[i]);
        }
    }

    private static void ValidateOwners(IReadOnlyList<OwnerReference> owners, FieldErrors errors)
    {
        for (var i = 0; i < owners.Count; i++)
        {
            var path = FieldPath.Metadata.Child("ownerReferences").Index(i);
            RequireText(owners[i].ApiVersion, path.Child("apiVersion"), errors);
            RequireText(owners[i].Kind, path.Child("kind"), errors);
            RequireText(owners[i].Name, path.Child("name"), errors);
            RequireText(owners[i].Uid, path.Child("uid"), errors);
        }
    }

    private static void RequireText(string text, FieldPath path, FieldErrors errors)
    {
        if (text.Length == 0)
            errors.Required(path);
    }

    private static bool IsName(string text, NameFormat format) => format == NameFormat.Label ? Syntax.IsDns1123Label(text) : Syntax.IsDns1123Subdomain(text);

    private static string Rule(NameFormat format) => format == NameFormat.Label ? Syntax.Dns1123LabelRule : Syntax.Dns1123SubdomainRule;
}
