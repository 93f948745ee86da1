using System.Collections.Immutable;

namespace MemberCluster.Agent.Runtime.Fake;

internal sealed class FakeImages(FakeEngine engine) : IImages
{
    private const long Size = 1 << 20;

    public async Task<Image?> FindAsync(string reference, CancellationToken cancellationToken)
    {
        await engine.BeforeAsync(FakeOperation.FindImage, reference, cancellationToken);
        return engine.FindImage(reference) is { } entry ? ToImage(entry) : null;
    }

    public async Task<ImmutableArray<Image>> ListAsync(CancellationToken cancellationToken)
    {
        await engine.BeforeAsync(FakeOperation.ListImages, "all", cancellationToken);
        return [.. engine.LocalImages.OrderBy(entry => entry.Key, StringComparer.Ordinal).Select(ToImage)];
    }

    public async Task<Image> PullAsync(string reference, RegistryAuth? auth, IProgress<PullProgress>? progress, CancellationToken cancellationToken)
    {
        var key = FakeEngine.Key(reference);
        await engine.BeforeAsync(FakeOperation.PullImage, reference, cancellationToken);
        var entry = engine.FindInRegistry(key)
            ?? throw FakeFaults.Failed(FakeOperation.PullImage, reference, RuntimeFailure.ImageNotFound, $"manifest for {reference} not found: manifest unknown");
        if (entry.Auth is not null && entry.Auth != auth)
        {
            throw new RuntimeException(RuntimeFailure.PullFailed, $"Cannot pull image {reference}: unauthorized: authentication required")
            {
                EngineMessage = "unauthorized: authentication required",
                PullReason = PullFailureReason.Unauthorized,
            };
        }

        progress?.Report(new PullProgress("layer", "Pull complete", Size, Size));
        engine.AddPulled(reference, entry);
        return ToImage(engine.FindImage(reference)!);
    }

    public async Task<string> ImportAsync(Stream tar, ImageImport import, CancellationToken cancellationToken)
    {
        _ = FakeEngine.Key(import.Reference);
        await engine.BeforeAsync(FakeOperation.ImportImage, import.Reference, cancellationToken);
        using var content = new MemoryStream();
        await tar.CopyToAsync(content, cancellationToken);
        engine.AddImage(import.Reference, content: Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(content.ToArray())));
        return engine.FindImage(import.Reference)!.Id;
    }

    /// <summary>A fake engine saves no images, so there is nothing it could load.</summary>
    public Task<ImmutableArray<string>> LoadAsync(Stream tar, CancellationToken cancellationToken) =>
        throw FakeFaults.Failed(FakeOperation.ImportImage, "tar", RuntimeFailure.InvalidRequest, "the fake engine loads no images");

    public async Task<bool> RemoveAsync(string reference, bool force, CancellationToken cancellationToken)
    {
        await engine.BeforeAsync(FakeOperation.RemoveImage, reference, cancellationToken);
        if (engine.FindImage(reference) is not { } entry)
            return false;
        var users = engine.Store.All().Where(container => container.ImageId == entry.Id);
        if (users.Any(user => user.IsRunning || !force))
            throw FakeFaults.Failed(FakeOperation.RemoveImage, reference, RuntimeFailure.Conflict, "a container uses the image");
        return engine.RemoveImage(entry.Key);
    }

    private static Image ToImage(FakeImageEntry entry) => new() { Id = entry.Id, Tags = entry.Key.Contains('@') ? [] : [entry.Key], RepoDigests = entry.RepoDigest is { } digest ? [digest] : [], SizeBytes = Size, User = "" };
}
