using MemberCluster.Agent.ControlPlane;
using MemberCluster.Agent.Runtime;
using MemberCluster.Agent.Runtime.Docker;
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
        builder.Services.AddHostedService<AgentService>();
        // The host's own messages repeat what the agent says.
        builder.Logging.AddFilter("Microsoft.Hosting", LogLevel.Warning);
        using var host = builder.Build();
        await host.RunAsync(cancellationToken);
        return host.Services.GetRequiredService<IHostedService>() is AgentService { Problem: { } problem } ? Complain(problem) : 0;
    }

    public static int Complain(string problem)
    {
        Console.Error.WriteLine($"federation-agent: {problem}");
        return 1;
    }

    private sealed class AgentService(AgentOptions options, TimeProvider time, ILoggerFactory loggers, IHostApplicationLifetime lifetime) : BackgroundService
    {
        public string? Problem { get; private set; }

        protected override async Task ExecuteAsync(CancellationToken stoppingToken)
        {
            try
            {
                using var controlPlane = new HttpControlPlane(options, time, loggers.CreateLogger<HttpControlPlane>());
                await using var runtime = new DockerRuntime(new DockerOptions { Endpoint = Endpoint() }, time);
                await using var agent = new ClusterAgent(options, new AgentParts { Runtime = runtime, ControlPlane = controlPlane, Loggers = loggers, Time = time });
                await agent.RunAsync(stoppingToken);
            }
            catch (AgentStartException exception)
            {
                Problem = exception.Message;
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                // Stopped before it had begun.
            }
            finally
            {
                lifetime.StopApplication();
            }
        }

        private DockerEndpoint Endpoint()
        {
            try
            {
                var variables = new Dictionary<string, string?>
                {
                    ["DOCKER_HOST"] = options.Docker,
                    ["DOCKER_CERT_PATH"] = Environment.GetEnvironmentVariable("DOCKER_CERT_PATH"),
                    ["DOCKER_TLS_VERIFY"] = Environment.GetEnvironmentVariable("DOCKER_TLS_VERIFY"),
                    ["HOME"] = Environment.GetEnvironmentVariable("HOME"),
                };
                return DockerEndpoint.FromEnvironment(variables.GetValueOrDefault);
            }
            catch (RuntimeException exception)
            {
                throw new AgentStartException(exception.Message, exception);
            }
        }
    }
}
