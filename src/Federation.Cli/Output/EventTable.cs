using Federation.Api.Core;
using Spectre.Console;

namespace Federation.Cli.Output;

/// <summary>Events, oldest first.</summary>
internal static class EventTable
{
    public static Table Create(IReadOnlyList<Event> events, DateTimeOffset now)
    {
        var table = StatusView.NewTable("LAST SEEN", "TYPE", "REASON", "OBJECT", "COUNT", "MESSAGE");
        foreach (var item in events.OrderBy(item => item.LastTimestamp))
            table.AddRow(Cells(item, now).Select(cell => new Text(cell)));
        return table;
    }

    public static string[] Cells(Event item, DateTimeOffset now) =>
    [
        Durations.Age(item.LastTimestamp, now), item.Type, item.Reason,
        $"{item.InvolvedObject.Kind?.ToLowerInvariant()}/{item.InvolvedObject.Name}", $"{item.Count}", item.Message,
    ];
}
