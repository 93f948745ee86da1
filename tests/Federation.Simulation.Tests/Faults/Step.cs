using System.Globalization;

namespace Federation.Simulation.Tests.Faults;

/// <summary>One thing that is done to the world, at its time: by a person, or by chance. A list of them is all that tells two runs of one seed apart.</summary>
/// <param name="At">Since the world began.</param>
/// <param name="Kind">What is done.</param>
/// <param name="Target">
/// Index of the app, the PetSet, or the machine among all machines; a cluster is that of its machine. Below zero: the machine on which the most pets run that need permission, when the first such
/// step is taken; all of a seed's are the same one.
/// </param>
/// <param name="For">How long it lasts, where it lasts.</param>
/// <param name="Amount">How much, from 0 to 1; the kind says of what.</param>
internal sealed record Step(TimeSpan At, StepKind Kind, int Target, TimeSpan For, double Amount)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{At.TotalSeconds:0.000} s: {Kind} {Target} for {For.TotalSeconds:0.0} s, {Amount:0.00}");
}

internal enum StepKind
{
    Apply,
    Scale,
    Edit,
    Delete,
    ApplyPets,
    ScalePets,
    EditPets,
    DeletePets,
    ReleasePet,
    ReleasePetSoon,
    ReleaseCluster,
    MovePet,
    TakeBackMoves,
    SendPetsBack,
    ApplyDaemon,
    EditDaemon,
    DeleteDaemon,
    DrainNode,
    CordonCluster,
    SiloCrash,
    SiloCrashAtWrite,
    SlowDisk,
    FailingDisk,
    AgentCrash,
    AgentLosesDisk,
    NodeCrash,
    NodeCrashAtStep,
    NodeLosesDisk,
    AgentHangs,
    NodeHangs,
    PowerOff,
    EngineDown,
    EngineHangs,
    RegionBurns,
    ContainerCrash,
    CutCluster,
    CutClusterOneWay,
    CutNode,
    CutNodeOneWay,
    Jitter,
    LateReports,
    LateAnswers,
    Loss,
    Twice,
    WallClockJumps,
    ClockDrifts,
    ClusterHangs,
}
