using System.CommandLine;
using System.Net;
using Federation.Cli.Local;
using Federation.Cli.Output;
using Spectre.Console;

namespace Federation.Cli.Commands;

internal static class UpCommand
{
    private static readonly string[] DefaultRegions = ["us-east=127.0.1.1", "eu-west=127.0.2.1", "ap-south=127.0.3.1"];

    private static readonly Option<string> Gateway = new("--gateway") { Description = "Where the gateway listens (HTTPS).", DefaultValueFactory = _ => "127.0.0.1:8443", HelpName = "IP:PORT" };
    private static readonly Option<string> Dns = new("--dns") { Description = "Where the name server listens (UDP and TCP).", DefaultValueFactory = _ => "127.0.0.1:5353", HelpName = "IP:PORT" };
    private static readonly Option<string> Zone = new("--zone") { Description = "The zone the name server answers for.", DefaultValueFactory = _ => "fed.test.", HelpName = "NAME" };
    private static readonly Option<string> Docker = new("--docker") { Description = "The Docker Engine, such as unix:///run/docker.sock. [default: $DOCKER_HOST, else the machine's]", DefaultValueFactory = _ => "", HelpName = "ADDRESS" };
    private static readonly Option<string[]> Regions = new("--region")
    {
        Description = "A region and the address its cluster advertises; once per region.",
        DefaultValueFactory = _ => DefaultRegions,
        AllowMultipleArgumentsPerToken = true,
        HelpName = "NAME=IP",
    };

    private static readonly Option<bool> Detach = new("--detach", "-d") { Description = "Return once everything is up, and leave it running." };
    private static readonly Option<bool> Yes = new("--yes", "-y") { Description = "Install missing Debian packages without asking (done by the wrapper script)." };
    private static readonly Option<bool> NoSample = new("--no-sample") { Description = "Do not apply the sample app." };
    private static readonly Option<int> Timeout = new("--timeout") { Description = "Seconds to wait for everything to come up.", DefaultValueFactory = _ => 180, HelpName = "SECONDS" };

    public static Command Create(IAnsiConsole console, TimeProvider time)
    {
        var command = new Command("up", "Bring up a federation of three regions on this machine, or resume it.")
        {
            LocalOptions.Data, Gateway, Dns, Zone, Docker, Regions, Detach, Yes, NoSample, Timeout,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var settings = Settings(parsed);
            var state = await new UpRunner(settings, console, time).RunAsync(cancellationToken);
            await UpSummary.PrintAsync(settings.Data, state, console, time, cancellationToken);
            if (!parsed.GetValue(Detach))
                await StayAsync(settings.Data, console, time, cancellationToken);
            return 0;
        });
        return command;
    }

    /// <summary>What was asked for; what was not said is taken from the federation that is already in the data directory.</summary>
    private static UpSettings Settings(ParseResult parsed)
    {
        var data = LocalOptions.DataOf(parsed);
        var former = data.Load();
        return new UpSettings
        {
            Data = data,
            Gateway = Preflight.ParseEndpoint(Given(parsed, Gateway) ?? former?.Gateway["https://".Length..] ?? parsed.GetValue(Gateway)!, "--gateway"),
            Dns = Preflight.ParseEndpoint(Given(parsed, Dns) ?? former?.Dns ?? parsed.GetValue(Dns)!, "--dns"),
            Zone = Given(parsed, Zone) ?? former?.Zone ?? parsed.GetValue(Zone)!,
            Docker = Given(parsed, Docker) ?? former?.Docker ?? parsed.GetValue(Docker)!,
            Regions = Given(parsed, Regions) is null && former is not null ? former.Regions : [.. parsed.GetValue(Regions)!.Select(ParseRegion)],
            WithSample = !parsed.GetValue(NoSample),
            Timeout = TimeSpan.FromSeconds(parsed.GetValue(Timeout)),
        };
    }

    private static T? Given<T>(ParseResult parsed, Option<T> option)
        where T : class => parsed.GetResult(option) is { Implicit: false } ? parsed.GetValue(option) : null;

    private static RegionPlan ParseRegion(string text) =>
        text.Split('=') is [{ Length: > 0 } region, var address] && IPAddress.TryParse(address, out _)
            ? new RegionPlan(region, address)
            : throw new CliException($"--region: '{text}' is not of the form NAME=IP, such as us-east=127.0.1.1.");

    private static async Task StayAsync(DataDirectory data, IAnsiConsole console, TimeProvider time, CancellationToken cancellationToken)
    {
        console.MarkupLine("[grey]Ctrl-C stops it.[/]");
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using (cancellationToken.Register(() => stopped.TrySetResult()))
            await stopped.Task;
        await new DownRunner(data, console, time).RunAsync(purge: false, CancellationToken.None);
    }
}
