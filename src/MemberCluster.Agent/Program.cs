using MemberCluster.Agent.Hosting;

try
{
    return await AgentCommand.Create(AgentHost.RunAsync, Environment.GetEnvironmentVariable).Parse(args)
        .InvokeAsync(new System.CommandLine.InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
}
catch (AgentStartException exception)
{
    return AgentHost.Complain(exception.Message);
}
