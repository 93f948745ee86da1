using Federation.Api.Merging;
using Federation.Api.Meta;

namespace Federation.Api.Core;

/// <summary>Kubernetes' v1 Event: something that happened to an object, counted when it repeats.</summary>
public sealed record Event : Resource
{
    public const string KindName = "Event";

    public override string ApiVersion => "v1";
    public override string Kind => KindName;

    /// <summary>The object it happened to.</summary>
    public ObjectReference InvolvedObject { get; init; } = new();

    /// <summary>What happened, as a constant in CamelCase.</summary>
    public string Reason { get; init; } = "";

    /// <summary>What happened, in a sentence.</summary>
    public string Message { get; init; } = "";

    /// <summary><c>Normal</c> or <c>Warning</c>.</summary>
    public string Type { get; init; } = "Normal";

    /// <summary>How often it happened.</summary>
    public int Count { get; init; } = 1;

    /// <summary>When it first happened.</summary>
    public DateTimeOffset? FirstTimestamp { get; init; }

    /// <summary>When it last happened.</summary>
    public DateTimeOffset? LastTimestamp { get; init; }

    /// <summary>When it happened, if it is not counted.</summary>
    public DateTimeOffset? EventTime { get; init; }

    /// <summary>Who saw it.</summary>
    public EventSource Source { get; init; } = new();

    /// <summary>The program that reported it.</summary>
    public string ReportingComponent { get; init; } = "";

    /// <summary>Which instance of that program.</summary>
    public string ReportingInstance { get; init; } = "";
}

/// <summary>Who saw an event.</summary>
public sealed record EventSource
{
    /// <summary>The program that saw it.</summary>
    public string? Component { get; init; }

    /// <summary>The cluster it happened in.</summary>
    public string? Host { get; init; }
}

/// <summary>Names another object.</summary>
[Atomic]
public sealed record ObjectReference
{
    /// <summary>The object's group and version.</summary>
    public string? ApiVersion { get; init; }

    /// <summary>The object's kind.</summary>
    public string? Kind { get; init; }

    /// <summary>The object's namespace.</summary>
    public string? Namespace { get; init; }

    /// <summary>The object's name.</summary>
    public string? Name { get; init; }

    /// <summary>The object's uid.</summary>
    public string? Uid { get; init; }

    /// <summary>The object's version that is meant.</summary>
    public string? ResourceVersion { get; init; }

    /// <summary>The part of the object that is meant, such as <c>spec.containers{web}</c>.</summary>
    public string? FieldPath { get; init; }
}
