using Federation.Api.Merging;
using Federation.Api.Quantities;

namespace Federation.Api.Apps;

/// <summary>Something that containers of the pod can mount. Exactly one source is set.</summary>
public sealed record Volume
{
    /// <summary>The volume's name, unique in its pod.</summary>
    public string Name { get; init; } = "";

    /// <summary>Empty when the pod begins, gone when it ends; it outlives its containers.</summary>
    public EmptyDirVolume? EmptyDir { get; init; }

    /// <summary>A directory or file of the machine; only where the cluster's agent allows it.</summary>
    public HostPathVolume? HostPath { get; init; }

    /// <summary>A volume of the machine that outlives its pods. It does not follow a pod to another machine.</summary>
    public NamedVolume? Named { get; init; }

    /// <summary>The keys of a ConfigMap as files; updates reach them.</summary>
    public ConfigMapVolume? ConfigMap { get; init; }

    /// <summary>The keys of a Secret as files in memory; updates reach them.</summary>
    public SecretVolume? Secret { get; init; }

    /// <summary>Fields of the pod as files.</summary>
    public DownwardVolume? DownwardAPI { get; init; }

    /// <summary>Several of these in one directory.</summary>
    public ProjectedVolume? Projected { get; init; }
}

/// <summary>A directory that lives as long as its pod.</summary>
public sealed record EmptyDirVolume
{
    /// <summary><c>Memory</c>: it is kept in memory, and counts towards no container's limit. Absent: on the machine's disk.</summary>
    public string? Medium { get; init; }

    /// <summary>How large it may grow; only for medium Memory.</summary>
    public Quantity? SizeLimit { get; init; }
}

/// <summary>A path of the machine.</summary>
public sealed record HostPathVolume
{
    /// <summary>An absolute path.</summary>
    public string Path { get; init; } = "";

    /// <summary><c>Directory</c>, <c>File</c>, <c>DirectoryOrCreate</c> or <c>FileOrCreate</c>; absent: whatever is there.</summary>
    public string? Type { get; init; }
}

/// <summary>A volume of the machine's engine, shared by the pods of the namespace that name it.</summary>
public sealed record NamedVolume
{
    /// <summary>The volume's name in the namespace. Defaulted to the name of the entry.</summary>
    public string? VolumeName { get; init; }
}

/// <summary>A ConfigMap as files.</summary>
public sealed record ConfigMapVolume
{
    /// <summary>The ConfigMap's name.</summary>
    public string Name { get; init; } = "";

    /// <summary>Which keys, and where; empty: every key as a file of its name.</summary>
    [ListMap("key")]
    public IReadOnlyList<KeyToPath> Items { get; init; } = [];

    /// <summary>Permissions of the files, such as 0644 in octal or 420. Defaulted to 420 (0644).</summary>
    public int? DefaultMode { get; init; }

    /// <summary>True: the pod runs without it; else it waits for it.</summary>
    public bool? Optional { get; init; }
}

/// <summary>A Secret as files.</summary>
public sealed record SecretVolume
{
    /// <summary>The Secret's name.</summary>
    public string SecretName { get; init; } = "";

    /// <summary>Which keys, and where; empty: every key as a file of its name.</summary>
    [ListMap("key")]
    public IReadOnlyList<KeyToPath> Items { get; init; } = [];

    /// <summary>Permissions of the files. Defaulted to 420 (0644).</summary>
    public int? DefaultMode { get; init; }

    /// <summary>True: the pod runs without it; else it waits for it.</summary>
    public bool? Optional { get; init; }
}

/// <summary>One key as a file.</summary>
public sealed record KeyToPath
{
    /// <summary>The key.</summary>
    public string Key { get; init; } = "";

    /// <summary>The file, relative to the volume.</summary>
    public string Path { get; init; } = "";

    /// <summary>The file's permissions; absent: the volume's.</summary>
    public int? Mode { get; init; }
}

/// <summary>Fields of the pod as files.</summary>
public sealed record DownwardVolume
{
    /// <summary>The files.</summary>
    [ListMap("path")]
    public IReadOnlyList<DownwardFile> Items { get; init; } = [];

    /// <summary>Permissions of the files. Defaulted to 420 (0644).</summary>
    public int? DefaultMode { get; init; }
}

/// <summary>One file. Exactly one of <see cref="FieldRef"/> and <see cref="ResourceFieldRef"/> is set.</summary>
public sealed record DownwardFile
{
    /// <summary>The file, relative to the volume.</summary>
    public string Path { get; init; } = "";

    /// <summary>Something about the pod itself.</summary>
    public FieldReference? FieldRef { get; init; }

    /// <summary>What a container may use.</summary>
    public ResourceFieldReference? ResourceFieldRef { get; init; }

    /// <summary>The file's permissions; absent: the volume's.</summary>
    public int? Mode { get; init; }
}

/// <summary>Several sources in one directory.</summary>
public sealed record ProjectedVolume
{
    /// <summary>The sources; no two may have a file of the same path.</summary>
    public IReadOnlyList<VolumeProjection> Sources { get; init; } = [];

    /// <summary>Permissions of the files. Defaulted to 420 (0644).</summary>
    public int? DefaultMode { get; init; }
}

/// <summary>One source of a projected volume. Exactly one is set.</summary>
public sealed record VolumeProjection
{
    /// <summary>Keys of a ConfigMap.</summary>
    public ProjectedObject? ConfigMap { get; init; }

    /// <summary>Keys of a Secret.</summary>
    public ProjectedObject? Secret { get; init; }

    /// <summary>Fields of the pod.</summary>
    public ProjectedFields? DownwardAPI { get; init; }
}

/// <summary>Fields of the pod as files of a projected volume.</summary>
public sealed record ProjectedFields
{
    /// <summary>The files.</summary>
    [ListMap("path")]
    public IReadOnlyList<DownwardFile> Items { get; init; } = [];
}

/// <summary>An object's keys as files of a projected volume.</summary>
public sealed record ProjectedObject
{
    /// <summary>The object's name.</summary>
    public string Name { get; init; } = "";

    /// <summary>Which keys, and where; empty: every key as a file of its name.</summary>
    [ListMap("key")]
    public IReadOnlyList<KeyToPath> Items { get; init; } = [];

    /// <summary>True: the pod runs without it; else it waits for it.</summary>
    public bool? Optional { get; init; }
}

/// <summary>Where a volume appears in a container.</summary>
public sealed record VolumeMount
{
    /// <summary>A volume of the pod.</summary>
    public string Name { get; init; } = "";

    /// <summary>An absolute path in the container.</summary>
    public string MountPath { get; init; } = "";

    /// <summary>A path in the volume that is mounted instead of all of it; updates of ConfigMaps and Secrets do not reach it.</summary>
    public string? SubPath { get; init; }

    /// <summary>True: the container cannot write to it.</summary>
    public bool? ReadOnly { get; init; }
}
