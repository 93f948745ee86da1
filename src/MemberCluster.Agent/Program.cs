using MemberCluster.Agent.Hosting;
using MemberCluster.Agent.Pets.Watching;

// Before anything else is loaded: this process only waits, and is to cost next to nothing.
if (args is ["watchdog", _, ..])
    return WatchdogProgram.Run(args[1..]);
return await RunAsync(args);

static async Task<int> RunAsync(string[] args)
{
    try
    {
        return await AgentCommand.Create(AgentHost.RunAsync, Environment.GetEnvironmentVariable).Parse(args)
            .InvokeAsync(new System.CommandLine.InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
    }
    catch (AgentStartException exception)
    {
        return AgentHost.Complain(exception.Message);
    }
}
