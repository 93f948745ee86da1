using Federation.Api.Meta;

namespace Federation.Api.Core;

/// <summary>Kubernetes' v1 Event: something that happened to an object, counted when it repeats.</summary>
public sealed record Event : Resource
{
    public const string KindName = "Event";

    public override string ApiVersion => "v1";
    public override string Kind => KindName;
    public ObjectReference InvolvedObject { get; init; } = new();
    public string Reason { get; init; } = "";
    public string Message { get; init; } = "";

    /// <summary><c>Normal</c> or <c>Warning</c>.</summary>
    public string Type { get; init; } = "Normal";
    public int Count { get; init; } = 1;
    public DateTimeOffset? FirstTimestamp { get; init; }
    public DateTimeOffset? LastTimestamp { get; init; }
    public DateTimeOffset? EventTime { get; init; }
    public EventSource Source { get; init; } = new();
    public string ReportingComponent { get; init; } = "";
    public string ReportingInstance { get; init; } = "";
}

public sealed record EventSource
{
    public string? Component { get; init; }

    /// <summary>The cluster it happened in.</summary>
    public string? Host { get; init; }
}

public sealed record ObjectReference
{
    public string? ApiVersion { get; init; }
    public string? Kind { get; init; }
    public string? Namespace { get; init; }
    public string? Name { get; init; }
    public string? Uid { get; init; }
    public string? ResourceVersion { get; init; }
    public string? FieldPath { get; init; }
}
