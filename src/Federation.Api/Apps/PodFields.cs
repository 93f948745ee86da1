namespace Federation.Api.Apps;

/// <summary>What a <see cref="FieldReference"/> can stand for.</summary>
public enum PodField
{
    Name,
    Namespace,
    Uid,

    /// <summary>One label; all of them without a key.</summary>
    Labels,

    /// <summary>One annotation; all of them without a key.</summary>
    Annotations,
    NodeName,
    PodIP,
    HostIP,
    Cluster,
    Region,
    Zone,
}

/// <summary>A field path, taken apart.</summary>
/// <param name="Field">What it stands for.</param>
/// <param name="Key">Of one label or annotation; null otherwise.</param>
public readonly record struct PodFieldPath(PodField Field, string? Key)
{
    private const string Labels = "metadata.labels";
    private const string Annotations = "metadata.annotations";

    private static readonly Dictionary<string, PodField> Plain = new(StringComparer.Ordinal)
    {
        ["metadata.name"] = PodField.Name,
        ["metadata.namespace"] = PodField.Namespace,
        ["metadata.uid"] = PodField.Uid,
        [Labels] = PodField.Labels,
        [Annotations] = PodField.Annotations,
        ["spec.nodeName"] = PodField.NodeName,
        ["status.podIP"] = PodField.PodIP,
        ["status.hostIP"] = PodField.HostIP,
        ["federation.cluster"] = PodField.Cluster,
        ["federation.region"] = PodField.Region,
        ["federation.zone"] = PodField.Zone,
    };

    /// <summary>How those with one value are written.</summary>
    public static IReadOnlyCollection<string> Known { get; } = [.. Plain.Keys.Except([Labels, Annotations]), $"{Labels}['KEY']", $"{Annotations}['KEY']"];

    /// <summary>All labels, or all annotations: many lines, which only a file can hold.</summary>
    public bool IsWhole => Field is PodField.Labels or PodField.Annotations && Key is null;

    /// <summary>False when no field of the pod is written so.</summary>
    public static bool TryParse(string text, out PodFieldPath path)
    {
        path = default;
        if (Plain.TryGetValue(text, out var field))
            path = new PodFieldPath(field, null);
        else if (KeyIn(text, Labels) is { } label)
            path = new PodFieldPath(PodField.Labels, label);
        else if (KeyIn(text, Annotations) is { } annotation)
            path = new PodFieldPath(PodField.Annotations, annotation);
        else
            return false;
        return true;
    }

    private static string? KeyIn(string text, string map)
    {
        var start = map + "['";
        return text.StartsWith(start, StringComparison.Ordinal) && text.EndsWith("']", StringComparison.Ordinal) && text.Length > start.Length + 2
            ? text[start.Length..^2]
            : null;
    }
}

/// <summary>What a <see cref="ResourceFieldReference"/> can stand for.</summary>
public static class ResourceFields
{
    public const string CpuLimit = "limits.cpu";
    public const string MemoryLimit = "limits.memory";
    public const string CpuRequest = "requests.cpu";
    public const string MemoryRequest = "requests.memory";

    public static IReadOnlyCollection<string> Known { get; } = [CpuLimit, MemoryLimit, CpuRequest, MemoryRequest];
}
