namespace Federation.Cli.Local;

/// <summary>Where the built programs and the samples are.</summary>
internal static class Programs
{
    /// <summary>The repository: <c>FED_ROOT</c>, which the <c>fed</c> wrapper sets, or the directory above <c>artifacts/bin/&lt;project&gt;/&lt;configuration&gt;</c>.</summary>
    public static string Root { get; } = Environment.GetEnvironmentVariable("FED_ROOT") is { Length: > 0 } root ? root : AncestorOfArtifacts();

    public static string Silo => Find("Federation.Silo", "federation-silo.dll");

    public static string Agent => Find("MemberCluster.Agent", "federation-agent.dll");

    public static string Sample(string file) => Path.Combine(Root, "samples", "web", file);

    private static string Find(string project, string file)
    {
        var configuration = Path.GetFileName(AppContext.BaseDirectory.TrimEnd('/'));
        var path = Path.Combine(Root, "artifacts", "bin", project, configuration, file);
        return File.Exists(path) ? path : throw new CliException($"{path} is missing; build {project} first.");
    }

    private static string AncestorOfArtifacts() => Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "..", ".."));
}
