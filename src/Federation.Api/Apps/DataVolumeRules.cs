using Federation.Api.Validation;

namespace Federation.Api.Apps;

/// <summary>Volumes made of ConfigMaps, Secrets and fields of the pod.</summary>
internal static class DataVolumeRules
{
    private const int DefaultMode = 0b110_100_100;   // 0644
    private const int HighestMode = 0b111_111_111;   // 0777
    private const string ModeRule = "must be a number between 0 and 0777 (octal), both inclusive";

    public static void Validate(Volume volume, IReadOnlyCollection<string> containers, FieldPath path, FieldErrors errors)
    {
        if (volume.ConfigMap is { } map)
        {
            ReferenceRules.ValidateName(map.Name, path.Child("configMap", "name"), errors);
            Validate(map.Items, [], path.Child("configMap", "items"), errors);
            ValidateMode(map.DefaultMode, path.Child("configMap", "defaultMode"), errors);
        }

        if (volume.Secret is { } secret)
        {
            ReferenceRules.ValidateName(secret.SecretName, path.Child("secret", "secretName"), errors);
            Validate(secret.Items, [], path.Child("secret", "items"), errors);
            ValidateMode(secret.DefaultMode, path.Child("secret", "defaultMode"), errors);
        }

        if (volume.DownwardAPI is { } downward)
        {
            Validate(downward.Items, [], containers, path.Child("downwardAPI", "items"), errors);
            ValidateMode(downward.DefaultMode, path.Child("downwardAPI", "defaultMode"), errors);
        }

        if (volume.Projected is { } projected)
            Validate(projected, containers, path.Child("projected"), errors);
    }

    public static Volume Default(Volume volume) => volume with
    {
        ConfigMap = volume.ConfigMap is { } map ? map with { DefaultMode = map.DefaultMode ?? DefaultMode } : null,
        Secret = volume.Secret is { } secret ? secret with { DefaultMode = secret.DefaultMode ?? DefaultMode } : null,
        DownwardAPI = volume.DownwardAPI is { } downward ? downward with { DefaultMode = downward.DefaultMode ?? DefaultMode } : null,
        Projected = volume.Projected is { } projected ? projected with { DefaultMode = projected.DefaultMode ?? DefaultMode } : null,
    };

    private static void Validate(ProjectedVolume projected, IReadOnlyCollection<string> containers, FieldPath path, FieldErrors errors)
    {
        ValidateMode(projected.DefaultMode, path.Child("defaultMode"), errors);
        if (projected.Sources.Count == 0)
            errors.Required(path.Child("sources"));
        var files = new HashSet<string>();
        for (var i = 0; i < projected.Sources.Count; i++)
        {
            var (source, at) = (projected.Sources[i], path.Child("sources").Index(i));
            var sources = ((object?[])[source.ConfigMap, source.Secret, source.DownwardAPI]).Count(one => one is not null);
            if (sources == 0)
                errors.Required(at, "must specify one of configMap, secret and downwardAPI");
            else if (sources > 1)
                errors.Forbidden(at, "may not specify more than one source");
            if (source.ConfigMap is { } map)
                Validate(map, files, at.Child("configMap"), errors);
            if (source.Secret is { } secret)
                Validate(secret, files, at.Child("secret"), errors);
            if (source.DownwardAPI is { } downward)
                Validate(downward.Items, files, containers, at.Child("downwardAPI", "items"), errors);
        }
    }

    private static void Validate(ProjectedObject source, HashSet<string> files, FieldPath path, FieldErrors errors)
    {
        ReferenceRules.ValidateName(source.Name, path.Child("name"), errors);
        Validate(source.Items, files, path.Child("items"), errors);
    }

    /// <param name="items">Keys as files.</param>
    /// <param name="files">The volume's files so far; gets these.</param>
    /// <param name="path">Where the items stand.</param>
    /// <param name="errors">Gets what is wrong.</param>
    private static void Validate(IReadOnlyList<KeyToPath> items, HashSet<string> files, FieldPath path, FieldErrors errors)
    {
        for (var i = 0; i < items.Count; i++)
        {
            var (item, at) = (items[i], path.Index(i));
            ReferenceRules.ValidateKey(item.Key, at.Child("key"), errors);
            ValidateFile(item.Path, files, at.Child("path"), errors);
            ValidateMode(item.Mode, at.Child("mode"), errors);
        }
    }

    private static void Validate(IReadOnlyList<DownwardFile> items, HashSet<string> files, IReadOnlyCollection<string> containers, FieldPath path, FieldErrors errors)
    {
        for (var i = 0; i < items.Count; i++)
        {
            var (item, at) = (items[i], path.Index(i));
            ValidateFile(item.Path, files, at.Child("path"), errors);
            ValidateMode(item.Mode, at.Child("mode"), errors);
            if (item.FieldRef is null && item.ResourceFieldRef is null)
                errors.Required(at, "must specify one of fieldRef and resourceFieldRef");
            else if (item.FieldRef is not null && item.ResourceFieldRef is not null)
                errors.Forbidden(at, "may not specify both fieldRef and resourceFieldRef");
            if (item.FieldRef is { } field)
                ReferenceRules.ValidateField(field, allowsWhole: true, at.Child("fieldRef"), errors);
            if (item.ResourceFieldRef is { } resource)
                ReferenceRules.ValidateResource(resource, needsContainer: true, containers, at.Child("resourceFieldRef"), errors);
        }
    }

    private static void ValidateFile(string file, HashSet<string> files, FieldPath path, FieldErrors errors)
    {
        if (file.Length == 0)
            errors.Required(path);
        else if (!files.Add(file))
            errors.Duplicate(path, file);
        else if (files.FirstOrDefault(other => IsBelow(file, other) || IsBelow(other, file)) is { } other)
            errors.Invalid(path, file, $"cannot be beside {other}: one of them would have to be a directory");
        else
            RelativePaths.Validate(file, path, errors);
    }

    private static bool IsBelow(string file, string directory) => file.StartsWith(directory + "/", StringComparison.Ordinal);

    private static void ValidateMode(int? mode, FieldPath path, FieldErrors errors)
    {
        if (mode is < 0 or > HighestMode)
            errors.Invalid(path, mode, ModeRule);
    }
}
