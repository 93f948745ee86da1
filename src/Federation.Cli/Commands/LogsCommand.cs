using System.CommandLine;
using Federation.Client;

namespace Federation.Cli.Commands;

internal static class LogsCommand
{
    private static readonly Argument<string> Pod = new("POD") { Description = "The pod's name." };
    private static readonly Option<string?> Container = new("--container", "-c") { Description = "The container, where the pod has several.", HelpName = "NAME" };
    private static readonly Option<bool> Follow = new("--follow", "-f") { Description = "Go on as the log grows." };
    private static readonly Option<bool> Previous = new("--previous", "-p") { Description = "The container that ran before." };
    private static readonly Option<int?> Tail = new("--tail") { Description = "Only the last lines.", HelpName = "LINES" };
    private static readonly Option<int?> Since = new("--since") { Description = "Only the last seconds.", HelpName = "SECONDS" };
    private static readonly Option<bool> Timestamps = new("--timestamps") { Description = "Each line with its time." };

    public static Command Create()
    {
        var command = new Command("logs", "Print a pod's log, wherever it runs.") { Pod, Container, Follow, Previous, Tail, Since, Timestamps };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = GlobalOptions.Connect(parsed);
            var query = new LogQuery
            {
                Container = parsed.GetValue(Container),
                Follow = parsed.GetValue(Follow),
                Previous = parsed.GetValue(Previous),
                TailLines = parsed.GetValue(Tail),
                SinceSeconds = parsed.GetValue(Since),
                Timestamps = parsed.GetValue(Timestamps),
            };
            await using var log = await client.ReadLogAsync(parsed.GetValue(Pod)!, GlobalOptions.NamespaceOf(parsed), query, cancellationToken);
            await using var output = Console.OpenStandardOutput();
            await log.CopyToAsync(output, cancellationToken);
            return 0;
        });
        return command;
    }
}
