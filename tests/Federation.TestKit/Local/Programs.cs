namespace Federation.TestKit.Local;

/// <summary>The programs under test, built beside the tests in the same configuration.</summary>
public static class Programs
{
    private static readonly string Configuration = Path.GetFileName(AppContext.BaseDirectory.TrimEnd('/'));
    private static readonly string Artifacts = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", ".."));

    public static string Fed => Path.Combine(Artifacts, "Federation.Cli", Configuration, "fed.dll");

    public static string Silo => Path.Combine(Artifacts, "Federation.Silo", Configuration, "federation-silo.dll");

    public static string Agent => Path.Combine(Artifacts, "MemberCluster.Agent", Configuration, "federation-agent.dll");

    /// <summary>The repository.</summary>
    public static string Root => Path.GetFullPath(Path.Combine(Artifacts, "..", ".."));
}
