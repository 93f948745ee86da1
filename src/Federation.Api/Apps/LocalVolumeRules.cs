using Federation.Api.Validation;

namespace Federation.Api.Apps;

/// <summary>Volumes of the machine: emptyDir, hostPath and named ones.</summary>
internal static class LocalVolumeRules
{
    private static readonly string[] HostPathTypes = ["Directory", "File", "DirectoryOrCreate", "FileOrCreate"];

    public static Volume Default(Volume volume) =>
        volume.Named is { } named ? volume with { Named = named with { VolumeName = named.VolumeName ?? volume.Name } } : volume;

    public static void Validate(Volume volume, FieldPath path, FieldErrors errors)
    {
        if (volume.EmptyDir is { } empty)
            Validate(empty, path.Child("emptyDir"), errors);
        if (volume.HostPath is { } host)
            Validate(host, path.Child("hostPath"), errors);
        if (volume.Named?.VolumeName is { } name && !Syntax.IsDns1123Label(name))
            errors.Invalid(path.Child("named", "volumeName"), name, Syntax.Dns1123LabelRule);
    }

    private static void Validate(EmptyDirVolume empty, FieldPath path, FieldErrors errors)
    {
        if (empty.Medium is not (null or "" or "Memory"))
        {
            errors.NotSupported(path.Child("medium"), empty.Medium, ["", "Memory"]);
            return;
        }

        if (empty.SizeLimit is not { } limit)
            return;
        if (empty.Medium != "Memory")
            errors.Forbidden(path.Child("sizeLimit"), "a directory on the disk has no size limit; only medium Memory has");
        else if (limit.Value < 1)
            errors.Invalid(path.Child("sizeLimit"), limit.ToString(), "must be greater than 0");
    }

    private static void Validate(HostPathVolume host, FieldPath path, FieldErrors errors)
    {
        if (host.Path.Length == 0)
            errors.Required(path.Child("path"));
        else if (!host.Path.StartsWith('/') || host.Path.Split('/').Contains("..") || host.Path.Contains('\0'))
            errors.Invalid(path.Child("path"), host.Path, "must be an absolute path without '..'");
        if (host.Type is { Length: > 0 } type && !HostPathTypes.Contains(type))
            errors.NotSupported(path.Child("type"), type, HostPathTypes);
    }
}
