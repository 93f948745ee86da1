using Federation.Api.Core;
using Federation.Api.Credentials;
using Federation.Api.Meta;
using Federation.Api;
using Federation.Grains.Events;
using Federation.Grains.Objects;
using Microsoft.Extensions.Logging;

namespace Federation.Grains.Resources;

/// <summary>Owns one object of a kind that needs little control (<see cref="IResourceGrain"/>).</summary>
[GrainType("resource")]
internal sealed class ResourceGrain(
    [PersistentState("object", ObjectGrainStorage.Name)] IPersistentState<ObjectRecord> store,
    ObjectGrainContext context,
    NamespaceContents contents,
    EventOptions events,
    ILogger<ResourceGrain> logger) : ObjectGrain(store, context, logger), IResourceGrain
{
    /// <summary>A namespace that waits for its contents looks again this often, besides being told of each that goes.</summary>
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(5);

    protected override string? Finalizer => Key.Kind == Namespace.KindName ? FinalizerNames.NamespaceContents : null;

    protected override async Task ReconcileObjectAsync(CancellationToken cancellationToken)
    {
        switch (Current)
        {
            case null when Key.Kind == Namespace.KindName:
                // A creation that was let in just before the namespace began to go may have been written just after it was empty.
                await contents.DeleteAsync(Key.Name, revision: 0, cancellationToken);
                break;
            case null:
                break;
            case Namespace { IsDeleting: true } home:
                await EmptyAsync(home, cancellationToken);
                break;
            case var current when DueAfterWrite(current) is { } end && end <= Time.GetUtcNow():
                await RemoveAsync();
                break;
            case var current:
                await SaveAsync(current, DueAfterWrite(current));
                break;
        }
    }

    /// <summary>When the object's life ends by itself; a namespace being deleted is looked at again.</summary>
    protected override DateTimeOffset? DueAfterWrite(Resource next) => next switch
    {
        Event @event => (@event.LastTimestamp ?? @event.EventTime ?? @event.FirstTimestamp ?? Time.GetUtcNow()) + events.Life,
        Credential credential => credential.Spec.ExpiresAt,
        Namespace { IsDeleting: true } => Time.GetUtcNow() + LookAgain,
        _ => null,
    };

    protected override Status? Refuse(WriteCommand command) =>
        command.Verb == WriteVerb.Delete && Current is Namespace { Metadata.Name: "default" }
            ? Statuses.Forbidden(Definition, Key.Name, "this namespace may not be deleted")
            : null;

    private async Task EmptyAsync(Namespace home, CancellationToken cancellationToken)
    {
        var left = await contents.DeleteAsync(home.Metadata.Name, Revision, cancellationToken);
        if (left > 0)
        {
            await SaveAsync(home with { Status = home.Status with { Phase = "Terminating" } }, Time.GetUtcNow() + LookAgain);
            return;
        }

        var finalizers = home.Metadata.Finalizers.Where(name => name != FinalizerNames.NamespaceContents);
        await SaveAsync(home with { Metadata = home.Metadata with { Finalizers = [.. finalizers] }, Status = home.Status with { Phase = "Terminating" } }, due: null);
    }
}
