using Federation.Cli.Local;
using Federation.Client;

namespace Federation.Cli;

/// <summary>Finds the federation a command talks to.</summary>
internal static class FederationConnection
{
    /// <summary>The file that was named, else <c>FED_KUBECONFIG</c>, else the one of the local federation in <c>.fed</c>.</summary>
    public static string Locate(string? named) =>
        named ?? Environment.GetEnvironmentVariable("FED_KUBECONFIG") ?? new DataDirectory(Path.Combine(Environment.CurrentDirectory, ".fed")).Kubeconfig;

    /// <exception cref="CliException">There is no usable kubeconfig.</exception>
    public static ClientOptions Load(string path)
    {
        if (!File.Exists(path))
            throw new CliException($"{path} does not exist. Start a federation with 'fed up', or name its kubeconfig with --kubeconfig or FED_KUBECONFIG.");
        try
        {
            return KubeConfig.Load(path) with { UserAgent = "fed", OnWarning = warning => Console.Error.WriteLine($"Warning: {warning}") };
        }
        catch (KubeConfigException error)
        {
            throw new CliException(error.Message);
        }
    }
}
