using MemberCluster.Agent.Data;

namespace MemberCluster.Agent.Tests.Support;

/// <summary>A directory in memory, as an agent's <c>--runtime-dir</c> is. Every Linux machine has one at <c>/dev/shm</c>.</summary>
internal sealed class MemoryDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateDirectory($"/dev/shm/federation-test-{Guid.NewGuid():N}").FullName;

    public IReadOnlyList<string> Files => [.. Directory.EnumerateFiles(Path, "*", SearchOption.AllDirectories)];

    public RuntimeDirectory Open() => RuntimeDirectory.Open(Path, "test");

    /// <summary>As a restart of the machine does.</summary>
    public void Lose()
    {
        Directory.Delete(Path, recursive: true);
        Directory.CreateDirectory(Path);
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
