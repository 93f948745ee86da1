namespace Orleans.Runtime;

/// <summary>One activation: a grain's identity and its object in memory.</summary>
public interface IGrainContext
{
    GrainId GrainId { get; }

    /// <summary>The grain object; null while the activation is being built and after it ended.</summary>
    object? GrainInstance { get; }

    /// <summary>The services the grain was built from: the process's root provider.</summary>
    IServiceProvider ActivationServices { get; }

    /// <summary>Ends this activation once its running calls are done; the next call starts a new one.</summary>
    void Deactivate(DeactivationReason deactivationReason, CancellationToken cancellationToken = default);
}
