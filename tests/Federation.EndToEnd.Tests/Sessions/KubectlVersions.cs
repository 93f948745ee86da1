namespace Federation.EndToEnd.Tests.Sessions;

/// <summary>The kubectl programs of this machine: <c>kubectl</c>, or the <c>kubectl.1.NN</c> beside it where it chooses among several.</summary>
internal static class KubectlVersions
{
    public static IReadOnlyList<string> Paths { get; } = Find();

    private static List<string> Find()
    {
        var kubectl = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(directory => Path.Combine(directory, "kubectl")).FirstOrDefault(File.Exists)
            ?? throw new InvalidOperationException("kubectl is not on the PATH.");
        var real = File.ResolveLinkTarget(kubectl, returnFinalTarget: true)?.FullName ?? kubectl;
        var minors = Directory.GetFiles(Path.GetDirectoryName(real)!, "kubectl.1.*").Order(StringComparer.Ordinal).ToList();
        return minors.Count > 0 ? minors : [real];
    }
}
