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

    /// <summary>Those that carry every one of these labels ("key=value" or "key").</summary>
    Task<ImmutableArray<Volume>> ListAsync(ImmutableArray<string> labels, CancellationToken cancellationToken);

    /// <summary>False when there was none. <see cref="RuntimeFailure.Conflict"/> when a container uses it.</summary>
    Task<bool> RemoveAsync(string name, CancellationToken cancellationToken);
}

/// <param name="Name">Unique in the engine.</param>
/// <param name="Labels">As given at creation.</param>
/// <param name="Path">Where its data is on the machine.</param>
public sealed record Volume(string Name, ImmutableDictionary<string, string> Labels, string Path);
