using System.Collections.Immutable;

namespace MemberCluster.Agent.Runtime;

/// <summary>Images of one engine. A reference is "[registry/]name[:tag][@digest]"; without tag and digest it means ":latest".</summary>
public interface IImages
{
    /// <summary>Null when it is not on this machine.</summary>
    Task<Image?> FindAsync(string reference, CancellationToken cancellationToken);

    Task<ImmutableArray<Image>> ListAsync(CancellationToken cancellationToken);

    /// <summary>Fetches from the registry, whether or not it is here already.</summary>
    /// <exception cref="RuntimeException">
    /// <see cref="RuntimeFailure.ImageNotFound"/>, <see cref="RuntimeFailure.PullFailed"/> with its <see cref="RuntimeException.PullReason"/>,
    /// <see cref="RuntimeFailure.InvalidImageName"/>, <see cref="RuntimeFailure.DiskFull"/>.
    /// </exception>
    Task<Image> PullAsync(string reference, RegistryAuth? auth, IProgress<PullProgress>? progress, CancellationToken cancellationToken);

    /// <summary>Makes an image of one layer out of a root file system tar; returns its id.</summary>
    Task<string> ImportAsync(Stream tar, ImageImport import, CancellationToken cancellationToken);

    /// <summary>Loads images as saved by an engine; returns their references (or ids, without one).</summary>
    Task<ImmutableArray<string>> LoadAsync(Stream tar, CancellationToken cancellationToken);

    /// <summary>False when there was none. <see cref="RuntimeFailure.Conflict"/> when a container uses it (with <paramref name="force"/>: a running one).</summary>
    Task<bool> RemoveAsync(string reference, bool force, CancellationToken cancellationToken);
}

public sealed record Image
{
    /// <summary>"sha256:…", the digest of its configuration.</summary>
    public required string Id { get; init; }

    /// <summary>"name:tag"s it is known by.</summary>
    public required ImmutableArray<string> Tags { get; init; }

    /// <summary>"name@sha256:…" per registry it was pulled from; empty for images made here.</summary>
    public required ImmutableArray<string> RepoDigests { get; init; }

    public required long SizeBytes { get; init; }

    /// <summary>As whom its containers run unless they say it: "uid", "uid:gid" or names; empty is root. Null: only a look at this one image tells.</summary>
    public string? User { get; init; }
}

/// <param name="Reference">Name and tag to give it.</param>
/// <param name="Changes">Dockerfile instructions for its configuration: <c>CMD ["/bin/sh"]</c>, <c>ENV A=b</c> …</param>
public sealed record ImageImport(string Reference, ImmutableArray<string> Changes);

/// <summary>Credentials for one registry. Printed without the secret.</summary>
public sealed record RegistryAuth(string Username, string Password)
{
    /// <summary>Instead of a password, a token the registry issued.</summary>
    public string? IdentityToken { get; init; }

    public override string ToString() => $"RegistryAuth({Username})";
}

/// <param name="Layer">Short id of the layer; null for a line about the whole image.</param>
/// <param name="Status">The engine's words: "Downloading", "Extracting", "Pull complete" …</param>
/// <param name="Current">Bytes done, when known.</param>
/// <param name="Total">Bytes in all, when known.</param>
public sealed record PullProgress(string? Layer, string Status, long? Current, long? Total);
