using Federation.Api.Pets;

namespace Federation.Simulation.Tests.Faults;

/// <summary>What kind of PetSet a seed has.</summary>
internal sealed record PetShape
{
    public PartitionPolicy Policy { get; init; }

    public PodManagementPolicy Order { get; init; }

    public bool HasVolumes { get; init; }

    public FailoverVolumes Volumes { get; init; }

    public RetentionPolicy Retention { get; init; }

    public int FirstOrdinal { get; init; }

    public TimeSpan FailoverAfter { get; init; }

    public static PetShape Draw(Random random) => new()
    {
        Policy = random.Next(3) == 0 ? PartitionPolicy.Keep : PartitionPolicy.Fence,
        Order = random.Next(2) == 0 ? PodManagementPolicy.OrderedReady : PodManagementPolicy.Parallel,
        HasVolumes = random.Next(2) == 0,
        Volumes = random.Next(2) == 0 ? FailoverVolumes.Wait : FailoverVolumes.Empty,
        Retention = random.Next(3) == 0 ? RetentionPolicy.Delete : RetentionPolicy.Retain,
        FirstOrdinal = random.Next(3) == 0 ? 1 + random.Next(3) : 0,
        FailoverAfter = TimeSpan.FromSeconds(random.Next(5)),
    };
}
