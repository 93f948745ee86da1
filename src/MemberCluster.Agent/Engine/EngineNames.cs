namespace MemberCluster.Agent.Engine;

/// <summary>What a cluster's things are called on the engine.</summary>
internal static class EngineNames
{
    public static string NetworkOf(string cluster) => $"federation-{cluster}";
}
