using Federation.Api.Apps;

namespace Federation.Api.Pets;

/// <summary>Fills in what a PetSet leaves out, as the records' docstrings state it.</summary>
internal static class PetSetDefaults
{
    /// <summary>With the default lease it is what a permission takes: a cluster that is back before has not stopped its pets yet, and keeps them.</summary>
    public static readonly TimeSpan FailoverAfter = TimeSpan.FromSeconds(5);

    public static PetSetSpec Apply(PetSetSpec spec) => spec with
    {
        Replicas = spec.Replicas ?? 1,
        Ordinals = spec.Ordinals with { Start = spec.Ordinals.Start ?? 0 },
        PodManagementPolicy = spec.PodManagementPolicy ?? PodManagementPolicy.OrderedReady,
        Template = AppDefaults.Apply(spec.Template),
        VolumeClaims = [.. spec.VolumeClaims.Select(claim => claim.From is { } source ? claim with { From = source with { Missing = source.Missing ?? MissingCopy.Wait } } : claim)],
        VolumeRetention = new VolumeRetention
        {
            WhenDeleted = spec.VolumeRetention.WhenDeleted ?? RetentionPolicy.Retain,
            WhenScaled = spec.VolumeRetention.WhenScaled ?? RetentionPolicy.Retain,
        },
        UpdateStrategy = Apply(spec.UpdateStrategy),
        MinReadySeconds = spec.MinReadySeconds ?? 0,
        PartitionPolicy = spec.PartitionPolicy ?? PartitionPolicy.Fence,
        Placement = Apply(spec.Placement),
        Expose = [.. spec.Expose.Select(Apply)],
    };

    private static PetUpdateStrategy Apply(PetUpdateStrategy strategy)
    {
        var type = strategy.Type ?? PetUpdateType.RollingUpdate;
        return new PetUpdateStrategy { Type = type, Partition = type == PetUpdateType.RollingUpdate ? strategy.Partition ?? 0 : strategy.Partition };
    }

    private static PetPlacement Apply(PetPlacement placement) => placement with
    {
        Spread = [.. placement.Spread.Select(spread => spread with { Min = spread.Min ?? 1 })],
        Failover = new PetFailover
        {
            After = placement.Failover?.After ?? FailoverAfter,
            Volumes = placement.Failover?.Volumes ?? FailoverVolumes.Wait,
        },
    };

    private static PetExposeSpec Apply(PetExposeSpec port)
    {
        var expose = AppDefaults.Apply(port.ToExpose());
        return port with { Name = expose.Name, Protocol = expose.Protocol, TargetPort = expose.TargetPort, Dns = expose.Dns, PerPet = port.PerPet ?? false };
    }
}
