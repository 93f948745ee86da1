namespace Federation.TestKit.Processes;

/// <summary>The kubectl programs of this machine.</summary>
public static class KubectlPrograms
{
    /// <summary>The <c>kubectl.1.NN</c> beside the real <c>kubectl</c> where it chooses among several; else its own path; without any the bare name, so that tests fail and do not pass unseen.</summary>
    public static IReadOnlyList<string> All { get; } = Find();

    private static List<string> Find()
    {
        var kubectl = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(directory => Path.Combine(directory, "kubectl")).FirstOrDefault(File.Exists);
        if (kubectl is null)
            return ["kubectl"];
        var real = File.ResolveLinkTarget(kubectl, returnFinalTarget: true)?.FullName ?? kubectl;
        var versions = Directory.GetFiles(Path.GetDirectoryName(real)!, "kubectl.1.*").Order(StringComparer.Ordinal).ToList();
        return versions.Count > 0 ? versions : [real];
    }
}
