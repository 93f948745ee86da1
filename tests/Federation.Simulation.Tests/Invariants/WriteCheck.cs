using Federation.Api;
using Federation.Api.Apps;
using Federation.Api.Daemons;
using Federation.Api.Meta;
using Federation.Api.Pets;
using Federation.Storage;

namespace Federation.Simulation.Tests.Invariants;

/// <summary>No acknowledged write is lost: what the store has is what people last asked for, or what they are asking for, and never anything older.</summary>
internal sealed class WriteCheck(Action<string, string> fail)
{
    private readonly Dictionary<ObjectKey, Known> _known = [];

    /// <summary>What is asked for of an app, a PetSet or a Daemon; null: that it goes.</summary>
    internal sealed record Wish(int Replicas, string Image);

    private sealed class Known
    {
        /// <summary>Acknowledged last.</summary>
        public Wish? Acknowledged { get; set; }

        public bool IsAcknowledged { get; set; }

        /// <summary>Sent since, with an answer that is not known (yet).</summary>
        public List<Wish?> Open { get; } = [];
    }

    public void Sent(ObjectKey key, Wish? wish) => Of(key).Open.Add(wish);

    public void Acknowledged(ObjectKey key, Wish? wish)
    {
        var known = Of(key);
        known.Acknowledged = wish;
        known.IsAcknowledged = true;
        // People write one after the other: what was sent before and never answered may still be made. A write that is refused is as good as not sent.
        known.Open.Remove(wish);
    }

    public void Refused(ObjectKey key, Wish? wish) => Of(key).Open.Remove(wish);

    public void Committed(Change change, Resource resource)
    {
        var known = Of(change.Key);
        var now = change.Type == ChangeType.Delete ? null : WishOf(resource);
        if (known.Open.Contains(now) || (known.IsAcknowledged && known.Acknowledged == now))
            return;
        fail("AcknowledgedWrites", $"{change.Key} says {Say(now)} in revision {change.Revision}; acknowledged was {Say(known.Acknowledged)}");
    }

    /// <summary>When everything is quiet, what was acknowledged last holds, unless something later was never answered.</summary>
    public void Settled(Func<ObjectKey, Resource?> find)
    {
        foreach (var (key, known) in _known)
        {
            var now = WishOf(find(key));
            if (known.IsAcknowledged && now != known.Acknowledged && !known.Open.Contains(now))
                fail("AcknowledgedWrites", $"{key} says {Say(now)} at the end; acknowledged was {Say(known.Acknowledged)}");
        }
    }

    private static Wish? WishOf(Resource? resource) => resource switch
    {
        null or { IsDeleting: true } => null,
        App app => new Wish(app.Spec.Replicas ?? 1, app.Spec.Template.Spec.Containers[0].Image),
        PetSet set => new Wish(set.Spec.Replicas ?? 1, set.Spec.Template.Spec.Containers[0].Image),
        Daemon daemon => new Wish(0, daemon.Spec.Template.Spec.Containers[0].Image),
        _ => throw new InvalidOperationException($"Nobody wishes for a {resource.Kind}."),
    };

    private Known Of(ObjectKey key) => _known.TryGetValue(key, out var known) ? known : _known[key] = new Known();

    private static string Say(Wish? wish) => wish is null ? "gone" : $"{wish.Replicas} x {wish.Image}";
}
