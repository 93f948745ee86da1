using System.Collections.Immutable;
using System.Globalization;
using Federation.Api;
using Federation.Simulation.Tests.Kernel;
using MemberCluster.Agent.Pods;
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
        var volume = await _engine.FindAsync(name, cancellationToken);
        var isRemoved = await _engine.RemoveAsync(name, cancellationToken);
        if (isRemoved && volume is not null)
        {
            world.Trace.Add($"{life.Name} removed volume {name}");
            // The mark beside a volume that is not whole is nobody's data.
            if (volume.Labels.ContainsKey(AgentLabels.Claim))
                world.Checks.Pets.VolumeRemoved(node, name, volume.Labels[PodLabels.Uid], int.Parse(volume.Labels[PodLabels.Ordinal], CultureInfo.InvariantCulture));
        }

        return isRemoved;
    }

    public Task<IVolumeContents> OpenAsync(string name, ImmutableDictionary<string, string> labels, CancellationToken cancellationToken) => _engine.OpenAsync(name, labels, cancellationToken);

    public Task CloseAsync(string name, CancellationToken cancellationToken) => _engine.CloseAsync(name, cancellationToken);
}
