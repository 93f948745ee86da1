using Federation.Api.Core;

namespace Federation.Gateway.Tables;

internal sealed class NamespaceColumns : ITableColumns
{
    public string Kind => Namespace.KindName;

    public IReadOnlyList<TableColumn> Columns { get; } =
    [
        CommonColumns.Name,
        new("Status", "Active, or Terminating while its objects are removed.", static (resource, _) => resource.IsDeleting ? "Terminating" : ((Namespace)resource).Status.Phase),
        CommonColumns.Age,
    ];
}

internal sealed class EventColumns : ITableColumns
{
    public string Kind => Event.KindName;

    public IReadOnlyList<TableColumn> Columns { get; } =
    [
        new("Last Seen", "The time since it last happened.", static (resource, now) => LastSeen((Event)resource, now)),
        new("Type", "Normal or Warning.", static (resource, _) => ((Event)resource).Type),
        new("Reason", "What happened, in one word.", static (resource, _) => ((Event)resource).Reason),
        new("Object", "What it happened to.", static (resource, _) => Object((Event)resource)),
        new("Message", "What happened, in a sentence.", static (resource, _) => ((Event)resource).Message.Trim()),
        new("Source", "Who says so.", static (resource, _) => Source((Event)resource)) { IsWide = true },
        new("First Seen", "The time since it first happened.", static (resource, now) => CommonColumns.AgeOf(((Event)resource).FirstTimestamp, now)) { IsWide = true },
        new("Count", "How often it happened.", static (resource, _) => ((Event)resource).Count) { Type = "integer", IsWide = true },
        CommonColumns.Name with { IsWide = true },
    ];

    private static string LastSeen(Event @event, DateTimeOffset now) => CommonColumns.AgeOf(@event.LastTimestamp ?? @event.EventTime ?? @event.Metadata.CreationTimestamp, now);

    private static string Object(Event @event) => $"{@event.InvolvedObject.Kind?.ToLowerInvariant()}/{@event.InvolvedObject.Name}";

    private static string Source(Event @event) =>
        string.Join(", ", new[] { @event.Source.Component ?? @event.ReportingComponent, @event.Source.Host }.Where(part => !string.IsNullOrEmpty(part)));
}

internal sealed class ConfigMapColumns : ITableColumns
{
    public string Kind => ConfigMap.KindName;

    public IReadOnlyList<TableColumn> Columns { get; } =
    [
        CommonColumns.Name,
        new("Data", "How many keys it has.", static (resource, _) => ((ConfigMap)resource).Data.Count + ((ConfigMap)resource).BinaryData.Count) { Type = "integer" },
        CommonColumns.Age,
    ];
}

internal sealed class SecretColumns : ITableColumns
{
    public string Kind => Secret.KindName;

    public IReadOnlyList<TableColumn> Columns { get; } =
    [
        CommonColumns.Name,
        new("Type", "What its values are for.", static (resource, _) => ((Secret)resource).Type ?? SecretTypes.Opaque),
        new("Data", "How many keys it has.", static (resource, _) => ((Secret)resource).Data.Count) { Type = "integer" },
        CommonColumns.Age,
    ];
}
