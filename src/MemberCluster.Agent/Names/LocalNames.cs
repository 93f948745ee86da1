using System.Collections.Immutable;
using System.Net;

namespace MemberCluster.Agent.Names;

/// <summary>The apps that this node can serve now, and where containers reach their ports. Immutable.</summary>
internal sealed record LocalNames
{
    public static LocalNames None { get; } = new();

    /// <summary>By work.</summary>
    public ImmutableDictionary<string, (string Namespace, string Name)> Ready { get; init; } = ImmutableDictionary<string, (string, string)>.Empty;

    /// <summary>How often each name is in <see cref="Ready"/>: a name may be a deleted app's and its successor's for a moment.</summary>
    public ImmutableDictionary<(string Namespace, string Name), int> Counts { get; private init; } = ImmutableDictionary<(string, string), int>.Empty;

    public ImmutableArray<IPAddress> Addresses { get; init; } = [];

    /// <param name="workUid">The work.</param>
    /// <param name="name">Its namespace and name; null: nobody is ready, or it exposes nothing.</param>
    public LocalNames With(string workUid, (string Namespace, string Name)? name)
    {
        if (Ready.TryGetValue(workUid, out var before))
        {
            if (before == name)
                return this;
            var left = Counts[before] - 1;
            var without = this with { Ready = Ready.Remove(workUid), Counts = left == 0 ? Counts.Remove(before) : Counts.SetItem(before, left) };
            return without.With(workUid, name);
        }

        return name is not { } known
            ? this
            : this with { Ready = Ready.Add(workUid, known), Counts = Counts.SetItem(known, Counts.GetValueOrDefault(known) + 1) };
    }

    public bool Has(string @namespace, string name) => Counts.ContainsKey((@namespace, name));
}
