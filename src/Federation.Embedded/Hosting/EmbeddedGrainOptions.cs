using System.Reflection;
using Federation.Embedded.Simulation;

namespace Orleans.Hosting;

/// <summary>Settings of the in-process grain engine.</summary>
public sealed class EmbeddedGrainOptions
{
    /// <summary>Where grain classes are looked for. Default: none.</summary>
    public IList<Assembly> GrainAssemblies { get; } = [];

    /// <summary>How long a caller waits before it gets a <see cref="TimeoutException"/>. Default: 30 s.</summary>
    public TimeSpan ResponseTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long an unused grain stays in memory. Default: 15 minutes.</summary>
    public TimeSpan CollectionAge { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>How often unused grains are looked for. Default: 1 minute.</summary>
    public TimeSpan CollectionQuantum { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How long reading state and OnActivateAsync may take together. Default: 30 s.</summary>
    public TimeSpan ActivationTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long running requests, and then OnDeactivateAsync, may take. Default: 30 s.</summary>
    public TimeSpan DeactivationTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a stop waits for grains to be deactivated. Default: 10 s.</summary>
    public TimeSpan StopTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Runs every turn on one thread in a seeded order, for simulation. Default: null, turns run on the thread pool.</summary>
    public SeededScheduler? Scheduler { get; set; }
}
