using Orleans.Runtime;

namespace Orleans;

/// <summary>What every grain class is: an object with a context and two lifetime hooks.</summary>
public interface IGrainBase
{
    /// <summary>The activation that owns this object.</summary>
    IGrainContext GrainContext { get; }

    /// <summary>Runs before the first call, after persistent state was read. An exception fails the calls that wait.</summary>
    Task OnActivateAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Runs after the last call. The token ends when the engine stops waiting.</summary>
    Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) => Task.CompletedTask;
}
