using System.Reflection;

namespace Federation.TestKit.Engine;

/// <summary>How a grain test cluster is set up; the same on either engine.</summary>
public sealed record GrainTestClusterOptions
{
    /// <summary>Where the grain classes are. The Orleans engine finds them by itself in everything the test references.</summary>
    public required IReadOnlyList<Assembly> GrainAssemblies { get; init; }

    /// <summary>How long a caller waits for an answer. Default: 30 s.</summary>
    public TimeSpan ResponseTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long an unused grain stays in memory. Default: 15 minutes.</summary>
    public TimeSpan CollectionAge { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>How often unused grains are looked for; below <see cref="CollectionAge"/>. Default: 1 minute.</summary>
    public TimeSpan CollectionQuantum { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Silos to start; the embedded engine is always one. Default: what the variable GRAIN_TEST_SILOS says, else 1.</summary>
    public int Silos { get; init; } = int.TryParse(Environment.GetEnvironmentVariable("GRAIN_TEST_SILOS"), out var silos) ? silos : 1;
}
