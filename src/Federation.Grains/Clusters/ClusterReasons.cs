namespace Federation.Grains.Clusters;

/// <summary>Reasons of a cluster's conditions.</summary>
internal static class ClusterReasons
{
    public const string WaitingForAgent = "WaitingForAgent";
    public const string AgentReports = "AgentReports";
    public const string LeaseExpired = "LeaseExpired";
    public const string AgentLeft = "AgentLeft";
    public const string EngineHealthy = "EngineHealthy";

    public const string Permitted = "Permitted";
    public const string PermissionEnded = "PermissionEnded";

    /// <summary>An engine problem that leaves the engine usable for what runs; every other problem takes the cluster out.</summary>
    public const string DiskFull = "DiskFull";
}
