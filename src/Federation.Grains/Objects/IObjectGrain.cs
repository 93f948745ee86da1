namespace Federation.Grains.Objects;

/// <summary>What every object grain does, whatever its kind: it is the only writer of its object. Its key is the <see cref="Api.ObjectKey"/> as text.</summary>
[Alias("federation.IObjectGrain")]
public interface IObjectGrain : IGrainWithStringKey
{
    /// <summary>Create, replace, patch or delete. Admission (decode, default, validate) happens here, where the result of a patch is known.</summary>
    /// <returns>Refusals are values (<see cref="WriteResult.Failure"/>), a store that cannot be used (503) included.</returns>
    [Alias("Write")]
    Task<WriteResult> WriteAsync([Immutable] WriteCommand command, CancellationToken cancellationToken);

    /// <summary>Load, plan, execute. Called by the due-timer pump, by change triggers and by the grain itself; harmless at any time.</summary>
    [Alias("Reconcile")]
    Task ReconcileAsync(CancellationToken cancellationToken);
}
