using System.Text.Json.Serialization;
using Federation.Api.Json;
using Federation.Api.Meta;
using Federation.Api.Quantities;

namespace Federation.Api.Metrics;

/// <summary>metrics.k8s.io's NodeMetrics: what a machine's pods use together. Read-only.</summary>
public sealed record NodeMetrics : Resource
{
    public const string KindName = "NodeMetrics";

    public override string ApiVersion => "metrics.k8s.io/v1beta1";
    public override string Kind => KindName;

    /// <summary>The end of the time that was measured.</summary>
    public DateTimeOffset Timestamp { get; init; }

    /// <summary>Over how long the load was measured.</summary>
    [JsonConverter(typeof(DurationConverter))]
    public TimeSpan Window { get; init; }

    /// <summary><c>cpu</c> (cores) and <c>memory</c> (bytes).</summary>
    public IReadOnlyDictionary<string, Quantity> Usage { get; init; } = Quantity.EmptyMap;
}

/// <summary>metrics.k8s.io's PodMetrics: what each container of a pod uses. Read-only.</summary>
public sealed record PodMetrics : Resource
{
    public const string KindName = "PodMetrics";

    public override string ApiVersion => "metrics.k8s.io/v1beta1";
    public override string Kind => KindName;

    /// <summary>The end of the time that was measured.</summary>
    public DateTimeOffset Timestamp { get; init; }

    /// <summary>Over how long the load was measured.</summary>
    [JsonConverter(typeof(DurationConverter))]
    public TimeSpan Window { get; init; }

    /// <summary>One entry for each running container.</summary>
    public IReadOnlyList<ContainerMetrics> Containers { get; init; } = [];
}

/// <summary>What one container uses.</summary>
public sealed record ContainerMetrics
{
    /// <summary>The container's name in its pod.</summary>
    public string Name { get; init; } = "";

    /// <summary><c>cpu</c> (cores) and <c>memory</c> (bytes that cannot be reclaimed).</summary>
    public IReadOnlyDictionary<string, Quantity> Usage { get; init; } = Quantity.EmptyMap;
}
