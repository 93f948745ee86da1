using System.CommandLine;
using System.Globalization;
using Federation.Api.Json;
using Federation.Client;
using Spectre.Console;

namespace Federation.Cli.Commands;

/// <summary><c>fed cordon</c>, <c>uncordon</c> and <c>drain</c>.</summary>
internal static class NodeCommands
{
    private static readonly Argument<string> Name = new("NODE") { Description = "A machine as `fed get nodes` names it: CLUSTER.HOST." };

    private static readonly Option<TimeSpan?> Timeout = new("--timeout")
    {
        Description = "Give up waiting after this long, such as 30s or 5m; the drain itself goes on. [default: never]",
        HelpName = "TIME",
        CustomParser = result =>
        {
            if (DurationConverter.TryParse(result.Tokens[0].Value, out var time) && time >= TimeSpan.Zero)
                return time;
            result.AddError($"{result.Tokens[0].Value} is no time: give one such as 30s or 5m.");
            return null;
        },
    };

    private static readonly Option<bool> NoWait = new("--no-wait") { Description = "Return once the drain is asked for." };

    public static Command Cordon(IAnsiConsole console) => Set("cordon", "Place nothing new on a machine, and let DNS send no client there; what runs stays.", console, NodeOperations.CordonAsync);

    public static Command Uncordon(IAnsiConsole console) => Set("uncordon", "Let a machine take pods again; ends a drain.", console, NodeOperations.UncordonAsync);

    public static Command Drain(IAnsiConsole console, TimeProvider time)
    {
        var command = new Command("drain", "Move what runs on a machine, and clients, to others, each pod once its replacement is ready, and wait until nobody needs it.") { Name, Timeout, NoWait };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = GlobalOptions.Connect(parsed);
            var node = parsed.GetValue(Name)!;
            await client.DrainAsync(node, cancellationToken);
            if (!parsed.GetValue(NoWait))
                await new DrainWait(client, console, time).RunAsync(node, parsed.GetValue(Timeout), cancellationToken);
            console.WriteLine(parsed.GetValue(NoWait) ? $"node/{node} is being drained" : $"node/{node} drained");
            return 0;
        });
        return command;
    }

    private static Command Set<T>(string verb, string description, IAnsiConsole console, Func<FederationClient, string, CancellationToken, Task<T>> act)
    {
        var command = new Command(verb, description) { Name };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = GlobalOptions.Connect(parsed);
            var node = parsed.GetValue(Name)!;
            await act(client, node, cancellationToken);
            console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"node/{node} {verb}ed"));
            return 0;
        });
        return command;
    }
}
