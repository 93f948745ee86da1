namespace Federation.Simulation.Tests.Invariants;

/// <summary>Something that must not happen has happened.</summary>
internal sealed class BrokenInvariantException(string invariant, string what) : Exception($"{invariant}: {what}")
{
    public string Invariant => invariant;
}
