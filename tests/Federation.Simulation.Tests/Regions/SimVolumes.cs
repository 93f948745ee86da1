using System.Collections.Immutable;
using System.Globalization;
using Federation.Api;
using Federation.Simulation.Tests.Kernel;
using MemberCluster.Agent.Runtime;

namespace Federation.Simulation.Tests.Regions;

/// <summary>The volumes of one machine's engine; the checks see what is removed.</summary>
internal sealed class SimVolumes(World world, SimNode node, Life life) : IVolumes
{
    private readonly IVolumes _engine = node.Engine.Connect().Volumes;

    public Task<Volume> EnsureAsync(string name, ImmutableDictionary<string, string> labels, CancellationToken cancellationToken) => _engine.EnsureAsync(name, labels, cancellationToken);

    public Task<Volume?> FindAsync(string name, CancellationToken cancellationToken) => _engine.FindAsync(name, cancellationToken);

    public Task<ImmutableArray<Volume>> ListAsync(ImmutableArray<string> labels, CancellationToken cancellationToken) => _engine.ListAsync(labels, cancellationToken);

    public async Task<bool> RemoveAsync(string name, CancellationToken cancellationToken)
    {
        if (await _engine.FindAsync(name, cancellationToken) is { } volume)
        {
            world.Trace.Add($"{life.Name} removes volume {name}");
            world.Checks.Pets.RemovingVolume(node, volume.Labels[PodLabels.Uid], int.Parse(volume.Labels[PodLabels.Ordinal], CultureInfo.InvariantCulture));
        }

        return await _engine.RemoveAsync(name, cancellationToken);
    }

    public Task<IVolumeContents> OpenAsync(string name, ImmutableDictionary<string, string> labels, CancellationToken cancellationToken) => _engine.OpenAsync(name, labels, cancellationToken);

    public Task CloseAsync(string name, CancellationToken cancellationToken) => _engine.CloseAsync(name, cancellationToken);
}
