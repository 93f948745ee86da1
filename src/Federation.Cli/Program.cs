using System.CommandLine;
using Federation.Cli;
using Federation.Cli.Commands;
using Federation.Cli.Output;
using Federation.Client;
using Federation.Client.Manifests;

var console = Consoles.Create();
var time = TimeProvider.System;
var root = new RootCommand("""
    Runs and asks a federation: one API for apps that run in many regions.

    `fed up` brings up three regions on this machine. Beside these commands the wrapper ./fed has
    `setup` (packages this machine lacks) and `test` (build, then every test).
    """)
{
    GlobalOptions.Kubeconfig,
    GlobalOptions.Namespace,
    UpCommand.Create(console, time),
    DownCommand.Create(console, time),
    StatusCommand.Create(console, time),
    ApplyCommand.Create(console),
    GetCommand.Create(console),
    DescribeCommand.Create(console, time),
    DeleteCommand.Create(console, time),
    LogsCommand.Create(),
    ExplainCommand.Create(console, time),
    DnsCommand.Create(console),
    EventsCommand.Create(console, time),
    NodeCommands.Cordon(console),
    NodeCommands.Uncordon(console),
    NodeCommands.Drain(console, time),
    PetCommands.Fence(console),
    PetCommands.Release(console),
    MoveCommand.Create(console, time),
    SnapshotCommands.Create(console, time),
    TokenCommand.Create(console),
};

try
{
    // A command under way gets this long after Ctrl-C to end what it began.
    var invocation = new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = TimeSpan.FromSeconds(30) };
    return await root.Parse(args).InvokeAsync(invocation);
}
catch (Exception failure) when (failure is CliException or StatusException or GatewayUnavailableException or ManifestException)
{
    Console.Error.WriteLine($"fed: {failure.Message}");
    return 1;
}
catch (OperationCanceledException)
{
    return 130;
}
