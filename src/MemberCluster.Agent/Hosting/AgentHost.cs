using MemberCluster.Agent.ControlPlane;
using MemberCluster.Agent.NodeRole;
using MemberCluster.Agent.Pets.Watching;
using MemberCluster.Agent.Runtime.Docker;
using MemberCluster.Agent.Services;
using MemberCluster.Agent.Services.Nftables;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace MemberCluster.Agent.Hosting;

/// <summary>Runs an agent as a process: logging, signals, exit code.</summary>
internal static class AgentHost
{
    /// <returns>0 after an orderly stop, 1 when it could not start or go on; the reason was printed.</returns>
    public static async Task<int> RunAsync(AgentOptions options, LogLevel level, CancellationToken cancellationToken)
    {
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.SetMinimumLevel(level).AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.TimestampFormat = "HH:mm:ss.fff ";
            console.UseUtcTimestamp = true;
        });
        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton(TimeProvider.System);
        var outcome = new AgentOutcome();
        builder.Services.AddSingleton(outcome);
        builder.Services.AddHostedService<AgentService>();
        // The host's own messages repeat what the agent says.
        builder.Logging.AddFilter("Microsoft.Hosting", LogLevel.Warning).AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        using var host = builder.Build();
        using var replacement = new Replacement(host.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication);
        outcome.Replacement = replacement;
        await host.RunAsync(cancellationToken);
        if (outcome.Problem is null && replacement.IsAsked)
            outcome.Problem = Replacement.Execute();
        return outcome.Problem is { } problem ? Complain(problem) : 0;
    }

    public static int Complain(string problem)
    {
        Console.Error.WriteLine($"federation-agent: {problem}");
        return 1;
    }

    /// <summary>Why the agent ended by itself; null when it did not.</summary>
    private sealed class AgentOutcome
    {
        public string? Problem { get; set; }

        public Replacement? Replacement { get; set; }
    }

    private sealed class AgentService(
        AgentOptions options, AgentOutcome outcome, TimeProvider time, ILoggerFactory loggers, IHostApplicationLifetime lifetime) : BackgroundService
    {
        protected override async Task ExecuteAsync(CancellationToken stoppingToken)
        {
            try
            {
                var pin = new CertificatePin();
                using var controlPlane = options.ClusterAgent is { } clusterAgent
                    ? new HttpControlPlane(clusterAgent, options.Node, pin, time, loggers.CreateLogger<HttpControlPlane>())
                    : new HttpControlPlane(options, time, loggers.CreateLogger<HttpControlPlane>());
                await using var runtime = new DockerRuntime(new DockerOptions { Endpoint = EngineAddress.Of(options) }, time);
                var plane = await ServicePlaneAsync(stoppingToken);
                var parts = new AgentParts { ServicePlane = plane, Runtime = runtime, ControlPlane = controlPlane, Loggers = loggers, Time = time, Pin = pin, Watchdog = WatchdogOf(options), HasSuccessor = () => outcome.Replacement!.IsAsked };
                await using var agent = new AgentProcess(options, parts);
                await agent.RunAsync(stoppingToken);
            }
            catch (AgentStartException exception)
            {
                outcome.Problem = exception.Message;
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                // Stopped before it had begun.
            }
            catch (Exception exception)
            {
                outcome.Problem = $"It ended because of an error in itself; its pods run on. {exception}";
            }
            finally
            {
                lifetime.StopApplication();
            }
        }

        /// <summary>None for an engine on another machine, whose processes are not seen here.</summary>
        private static Func<string, IWatchdog>? WatchdogOf(AgentOptions options) => EngineAddress.Of(options).IsLocal
            ? directory => new ProcessWatchdog(directory, ProcessWatchdog.OwnProgram(), NodeAgent.Version)
            : null;

        private async Task<ServicePlaneChoice> ServicePlaneAsync(CancellationToken cancellationToken)
        {
            if (!options.Roles.HasFlag(AgentRoles.Node))
                return ServicePlaneChoice.Proxy;
            var table = NftNames.TableOf(options.Cluster, options.Node);
            var (choice, reason) = await ServicePlaneChoice.MakeAsync(options.ServicePlane, options.ListenAddresses, table, cancellationToken);
            return choice ?? throw new AgentStartException($"Ports cannot be served by nftables: {reason}. Choose --service-plane auto or proxy.");
        }
    }
}
