namespace Federation.Api.Apps;

/// <summary>An environment variable. At most one of <see cref="Value"/> and <see cref="ValueFrom"/> is set.</summary>
public sealed record EnvVar
{
    /// <summary>The variable's name.</summary>
    public string Name { get; init; } = "";

    /// <summary>Its value; <c>$(NAME)</c> stands for a variable before it, <c>$$</c> for one dollar sign.</summary>
    public string Value { get; init; } = "";

    /// <summary>Where the value comes from instead.</summary>
    public EnvVarSource? ValueFrom { get; init; }
}

/// <summary>Exactly one is set.</summary>
public sealed record EnvVarSource
{
    /// <summary>A key of a ConfigMap.</summary>
    public KeyReference? ConfigMapKeyRef { get; init; }

    /// <summary>A key of a Secret.</summary>
    public KeyReference? SecretKeyRef { get; init; }

    /// <summary>Something about the pod itself.</summary>
    public FieldReference? FieldRef { get; init; }

    /// <summary>What the container may use.</summary>
    public ResourceFieldReference? ResourceFieldRef { get; init; }
}

/// <summary>One key of a ConfigMap or Secret of the pod's namespace.</summary>
public sealed record KeyReference
{
    /// <summary>The object's name.</summary>
    public string Name { get; init; } = "";

    /// <summary>The key.</summary>
    public string Key { get; init; } = "";

    /// <summary>True: without the object or the key there is no variable; else the pod waits for them.</summary>
    public bool? Optional { get; init; }
}

/// <summary>A field of the pod.</summary>
public sealed record FieldReference
{
    /// <summary>
    /// <c>metadata.name</c>, <c>metadata.namespace</c>, <c>metadata.uid</c>, <c>metadata.labels['KEY']</c>, <c>metadata.annotations['KEY']</c>, <c>spec.nodeName</c>,
    /// <c>status.podIP</c>, <c>status.hostIP</c>, <c>federation.cluster</c>, <c>federation.region</c> or <c>federation.zone</c>; in files also whole <c>metadata.labels</c> and <c>metadata.annotations</c>.
    /// </summary>
    public string FieldPath { get; init; } = "";
}

/// <summary>A request or limit of a container.</summary>
public sealed record ResourceFieldReference
{
    /// <summary>Defaulted to the container itself; needed in volumes.</summary>
    public string? ContainerName { get; init; }

    /// <summary><c>limits.cpu</c>, <c>limits.memory</c>, <c>requests.cpu</c> or <c>requests.memory</c>.</summary>
    public string Resource { get; init; } = "";

    /// <summary>The unit; the amount is rounded up. Defaulted to 1: whole cores, bytes.</summary>
    public Quantities.Quantity? Divisor { get; init; }
}

/// <summary>Every key of one object as a variable. Exactly one of <see cref="ConfigMapRef"/> and <see cref="SecretRef"/> is set.</summary>
public sealed record EnvFromSource
{
    /// <summary>Goes before each key.</summary>
    public string? Prefix { get; init; }

    /// <summary>A ConfigMap.</summary>
    public DataReference? ConfigMapRef { get; init; }

    /// <summary>A Secret.</summary>
    public DataReference? SecretRef { get; init; }
}

/// <summary>A ConfigMap or Secret of the pod's namespace.</summary>
public sealed record DataReference
{
    /// <summary>The object's name.</summary>
    public string Name { get; init; } = "";

    /// <summary>True: the pod runs without it; else it waits for it.</summary>
    public bool? Optional { get; init; }
}

/// <summary>An object of the pod's namespace, by name.</summary>
public sealed record LocalReference
{
    /// <summary>The object's name.</summary>
    public string Name { get; init; } = "";
}
