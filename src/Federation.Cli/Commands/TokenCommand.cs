using System.CommandLine;
using Federation.Api.Agents;
using Federation.Client.Agents;
using Spectre.Console;

namespace Federation.Cli.Commands;

internal static class TokenCommand
{
    private static readonly Option<string?> Cluster = new("--cluster") { Description = "The only cluster name the token may register. [default: any]", HelpName = "NAME" };
    private static readonly Option<int> Minutes = new("--minutes") { Description = "How long the token can be used.", DefaultValueFactory = _ => 60, HelpName = "MINUTES" };

    public static Command Create(IAnsiConsole console)
    {
        var command = new Command("token", "Make a one-time token with which an agent registers its cluster.") { Cluster, Minutes };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = GlobalOptions.Connect(parsed);
            using var agents = new AgentClient(client.Options);
            var request = new JoinTokenRequest { Cluster = parsed.GetValue(Cluster), ValidSeconds = 60d * parsed.GetValue(Minutes) };
            var token = await agents.CreateTokenAsync(request, cancellationToken);
            console.Profile.Out.Writer.WriteLine(token.Token);
            return 0;
        });
        return command;
    }
}
