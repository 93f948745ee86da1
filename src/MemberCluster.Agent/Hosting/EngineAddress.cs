using MemberCluster.Agent.Runtime;
using MemberCluster.Agent.Runtime.Docker;

namespace MemberCluster.Agent.Hosting;

/// <summary>Where the engine is, from the agent's options and Docker's own environment.</summary>
internal static class EngineAddress
{
    /// <exception cref="AgentStartException">The address or its certificates cannot be used.</exception>
    public static DockerEndpoint Of(AgentOptions options)
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
