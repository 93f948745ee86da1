using Federation.Api.Core;
using Federation.Api.Meta;

namespace Federation.Grains.Events;

/// <summary>Something worth telling people about an object.</summary>
internal sealed record EventNote
{
    public required ObjectReference About { get; init; }

    /// <summary>One of <see cref="EventReasons"/>, or an agent's own.</summary>
    public required string Reason { get; init; }
    public required string Message { get; init; }
    public bool IsWarning { get; init; }

    /// <summary>How often it happened since it was last noted.</summary>
    public int Count { get; init; } = 1;

    /// <summary>The cluster it happened in; null: the control plane.</summary>
    public string? Cluster { get; init; }

    /// <summary>Null: now.</summary>
    public DateTimeOffset? FirstSeen { get; init; }

    /// <summary>Null: now.</summary>
    public DateTimeOffset? LastSeen { get; init; }

    public static EventNote On(Resource resource, string reason, string message, bool isWarning = false) => new()
    {
        About = new ObjectReference
        {
            ApiVersion = resource.ApiVersion,
            Kind = resource.Kind,
            Namespace = resource.Metadata.Namespace,
            Name = resource.Metadata.Name,
            Uid = resource.Metadata.Uid,
        },
        Reason = reason,
        Message = message,
        IsWarning = isWarning,
    };
}

/// <summary>Takes notes that become Event objects. Never fails and never waits: a reconcile does not depend on it.</summary>
internal interface IEventRecorder
{
    void Record(EventNote note);
}
