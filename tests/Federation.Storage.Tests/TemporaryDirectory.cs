namespace Federation.Storage.Tests;

internal sealed class TemporaryDirectory : IDisposable
{
    public string Path { get; } = Create();

    public static string Create() => Directory.CreateTempSubdirectory("federation-store-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
