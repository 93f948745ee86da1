namespace MemberCluster.Agent.Services.Nftables;

/// <summary>Lets a pod reach itself through a service: on a machine whose bridges filter packets (br_netfilter) the way back leads through the port it came from.</summary>
internal static class BridgePorts
{
    private const string Interfaces = "/sys/class/net";

    /// <summary>For every port of these bridges. What is no bridge has none.</summary>
    /// <returns>Null: done. Otherwise why not.</returns>
    public static string? AllowReturn(IEnumerable<string> bridges)
    {
        try
        {
            foreach (var ports in bridges.Select(bridge => Path.Combine(Interfaces, bridge, "brif")).Where(Directory.Exists))
            {
                foreach (var mode in Directory.EnumerateFileSystemEntries(ports).Select(port => Path.Combine(port, "hairpin_mode")).Where(File.Exists))
                    Allow(mode);
            }

            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return exception.Message;
        }
    }

    private static void Allow(string mode)
    {
        try
        {
            if (File.ReadAllText(mode).Trim() == "0")
                File.WriteAllText(mode, "1");
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            // The pod has gone meanwhile.
        }
    }
}
