using Federation.Api.Validation;

namespace Federation.Api.Apps;

/// <summary>The volumes of a pod and where they are mounted. What each kind of volume asks for is in rules of its own.</summary>
internal static class VolumeRules
{
    private const string OneSource = "must specify one of emptyDir, hostPath, named, configMap, secret, downwardAPI and projected";

    /// <param name="claims">Names of volumes that the pod has besides its own.</param>
    public static void Validate(PodSpec spec, IReadOnlyCollection<string> claims, IReadOnlyCollection<string> containers, FieldPath path, FieldErrors errors)
    {
        var names = new HashSet<string>();
        for (var i = 0; i < spec.Volumes.Count; i++)
        {
            var (volume, at) = (spec.Volumes[i], path.Child("volumes").Index(i));
            if (volume.Name.Length == 0)
                errors.Required(at.Child("name"));
            else if (!Syntax.IsDns1123Label(volume.Name))
                errors.Invalid(at.Child("name"), volume.Name, Syntax.Dns1123LabelRule);
            else if (!names.Add(volume.Name) || claims.Contains(volume.Name))
                errors.Duplicate(at.Child("name"), volume.Name);

            var sources = SourcesOf(volume);
            if (sources == 0)
                errors.Required(at, OneSource);
            else if (sources > 1)
                errors.Forbidden(at, "may not specify more than one source");
            LocalVolumeRules.Validate(volume, at, errors);
            DataVolumeRules.Validate(volume, containers, at, errors);
        }

        names.UnionWith(claims);
        ValidateMounts(spec.InitContainers, names, path.Child("initContainers"), errors);
        ValidateMounts(spec.Containers, names, path.Child("containers"), errors);
    }

    private static int SourcesOf(Volume volume) =>
        ((object?[])[volume.EmptyDir, volume.HostPath, volume.Named, volume.ConfigMap, volume.Secret, volume.DownwardAPI, volume.Projected]).Count(source => source is not null);

    private static void ValidateMounts(IReadOnlyList<ContainerSpec> containers, HashSet<string> volumes, FieldPath path, FieldErrors errors)
    {
        for (var i = 0; i < containers.Count; i++)
        {
            var taken = new HashSet<string>();
            for (var j = 0; j < containers[i].VolumeMounts.Count; j++)
                Validate(containers[i].VolumeMounts[j], volumes, taken, path.Index(i).Child("volumeMounts").Index(j), errors);
        }
    }

    private static void Validate(VolumeMount mount, HashSet<string> volumes, HashSet<string> taken, FieldPath path, FieldErrors errors)
    {
        if (mount.Name.Length == 0)
            errors.Required(path.Child("name"));
        else if (!volumes.Contains(mount.Name))
            errors.Invalid(path.Child("name"), mount.Name, "must be the name of a volume of the pod");

        var at = path.Child("mountPath");
        if (mount.MountPath.Length == 0)
            errors.Required(at);
        else if (!mount.MountPath.StartsWith('/') || mount.MountPath.Split('/').Contains("..") || mount.MountPath.AsSpan().ContainsAny(':', '\0'))
            errors.Invalid(at, mount.MountPath, "must be an absolute path without '..' and ':'");
        else if (mount.MountPath.TrimEnd('/').Length == 0)
            errors.Invalid(at, mount.MountPath, "must not be the root of the container");
        else if (!taken.Add(mount.MountPath.TrimEnd('/')))
            errors.Duplicate(at, mount.MountPath);
        if (mount.SubPath is { Length: > 0 } subPath)
            RelativePaths.Validate(subPath, path.Child("subPath"), errors);
    }
}

/// <summary>Paths inside a volume.</summary>
internal static class RelativePaths
{
    private const int Longest = 4096;
    private const int LongestPart = 255;

    /// <summary>No path leads out of its volume, and the names that atomic updates need (<c>..data</c>) are nobody's.</summary>
    public static void Validate(string path, FieldPath at, FieldErrors errors)
    {
        if (path.StartsWith('/'))
            errors.Invalid(at, path, "must be a relative path");
        else if (path.Split('/').Contains(".."))
            errors.Invalid(at, path, "must not contain '..'");
        else if (path.StartsWith("..", StringComparison.Ordinal))
            errors.Invalid(at, path, "must not start with '..'");
        else if (path.Contains('\0') || path.Length > Longest || path.Split('/').Any(part => part.Length is 0 or > LongestPart || part is "."))
            errors.Invalid(at, path, $"must be made of names of 1 to {LongestPart} characters separated by '/', none of them '.'");
    }
}
