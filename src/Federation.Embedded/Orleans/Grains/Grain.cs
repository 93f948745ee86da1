using Federation.Embedded.Engine.Activations;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime;

namespace Orleans;

/// <summary>Base class of grains. Members that need an activation throw when the object was made by hand, as in a unit test.</summary>
public abstract class Grain : IGrainBase, IAddressable
{
    private readonly Activation? activation;

    protected Grain() => activation = TurnQueue.Current?.Owner as Activation;

    /// <summary>The activation that owns this object.</summary>
    public IGrainContext GrainContext => Owner;

    /// <summary>The grain id as text: <c>type/key</c>.</summary>
    public string IdentityString => Owner.GrainId.ToString();

    protected IGrainFactory GrainFactory => Owner.ActivationServices.GetRequiredService<IGrainFactory>();

    protected internal IServiceProvider ServiceProvider => Owner.ActivationServices;

    private Activation Owner =>
        activation ?? throw new InvalidOperationException("This grain object was not created by the grain engine.");

    /// <inheritdoc cref="IGrainBase.OnActivateAsync"/>
    public virtual Task OnActivateAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc cref="IGrainBase.OnDeactivateAsync"/>
    public virtual Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Ends this activation when the current call is done. Calls that wait go to the next activation.</summary>
    protected void DeactivateOnIdle() => GrainBaseExtensions.DeactivateOnIdle(this);

    /// <summary>Keeps an idle activation for at least this long; zero withdraws an earlier wish, infinite keeps it for good.</summary>
    protected void DelayDeactivation(TimeSpan timeSpan) => Owner.DelayDeactivation(timeSpan);
}
