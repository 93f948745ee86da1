using System.Collections.Immutable;

namespace MemberCluster.Agent.Runtime;

/// <summary>Bridge networks of one engine.</summary>
public interface INetworks
{
    /// <summary>The network of that name, made when there is none. Labels and subnet of an existing one are not changed.</summary>
    Task<ContainerNetworkInfo> EnsureAsync(NetworkSpec spec, CancellationToken cancellationToken);

    /// <summary>Those that carry every one of these labels ("key=value" or "key").</summary>
    Task<ImmutableArray<ContainerNetworkInfo>> ListAsync(ImmutableArray<string> labels, CancellationToken cancellationToken);

    /// <summary>False when there was none. <see cref="RuntimeFailure.Conflict"/> when a container is attached.</summary>
    Task<bool> RemoveAsync(string network, CancellationToken cancellationToken);
}

public sealed record NetworkSpec
{
    public required string Name { get; init; }

    public ImmutableDictionary<string, string> Labels { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>CIDR; null lets the engine choose.</summary>
    public string? Subnet { get; init; }
}

public sealed record ContainerNetworkInfo
{
    public required string Id { get; init; }

    public required string Name { get; init; }

    public required ImmutableDictionary<string, string> Labels { get; init; }

    /// <summary>CIDR; null when the engine does not say.</summary>
    public string? Subnet { get; init; }

    /// <summary>The machine's own address in the network.</summary>
    public string? Gateway { get; init; }
}

/// <summary>Named volumes of one engine.</summary>
public interface IVolumes
{
    /// <summary>The volume of that name, made when there is none. Labels of an existing one are not changed.</summary>
    Task<Volume> EnsureAsync(string name, ImmutableDictionary<string, string> labels, CancellationToken cancellationToken);

    /// <summary>Null when there is none.</summary>
    Task<Volume?> FindAsync(string name, CancellationToken cancellationToken);

    /// <summary>Those that carry every one of these labels ("key=value" or "key").</summary>
    Task<ImmutableArray<Volume>> ListAsync(ImmutableArray<string> labels, CancellationToken cancellationToken);

    /// <summary>False when there was none. <see cref="RuntimeFailure.Conflict"/> when a container uses it.</summary>
    Task<bool> RemoveAsync(string name, CancellationToken cancellationToken);

    /// <summary>What is in a volume. It counts as used until the answer is disposed; whoever opened it before loses it, also when he has died since.</summary>
    /// <param name="name">Of a volume that exists.</param>
    /// <param name="labels">Of what holds it open in the engine.</param>
    /// <param name="cancellationToken">The caller's.</param>
    /// <exception cref="RuntimeException"><see cref="RuntimeFailure.NotFound"/>.</exception>
    Task<IVolumeContents> OpenAsync(string name, ImmutableDictionary<string, string> labels, CancellationToken cancellationToken);

    /// <summary>Takes a volume from whoever opened it and died.</summary>
    Task CloseAsync(string name, CancellationToken cancellationToken);
}

/// <summary>The files of a volume, as tars whose entries all are <see cref="Root"/> or below it, with owner, mode, time (whole seconds), links and devices. Nothing runs for it.</summary>
public interface IVolumeContents : IAsyncDisposable
{
    /// <summary>What a tar calls the volume's own directory.</summary>
    const string Root = "federation-volume";

    /// <summary>Everything, each directory before what is in it, in an order that is the same each time.</summary>
    Task<Stream> ReadAsync(CancellationToken cancellationToken);

    /// <summary>Adds what a tar has; files of the same path are replaced. Done when the engine has written it, which is not yet durable.</summary>
    /// <param name="write">Writes the tar; what it throws goes through.</param>
    /// <param name="cancellationToken">The caller's.</param>
    /// <exception cref="RuntimeException"><see cref="RuntimeFailure.DiskFull"/> and what else an engine has to say.</exception>
    Task WriteAsync(Func<Stream, CancellationToken, Task> write, CancellationToken cancellationToken);

    /// <summary>Makes durable what was written.</summary>
    Task FlushAsync(CancellationToken cancellationToken);
}

/// <param name="Name">Unique in the engine.</param>
/// <param name="Labels">As given at creation.</param>
/// <param name="Path">Where its data is on the machine.</param>
public sealed record Volume(string Name, ImmutableDictionary<string, string> Labels, string Path);
