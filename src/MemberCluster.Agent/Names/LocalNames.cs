using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using Federation.Api.Agents;

namespace MemberCluster.Agent.Names;

/// <summary>The apps that this node can serve now, and where containers reach their ports. Immutable.</summary>
internal sealed record LocalNames
{
    public static LocalNames None { get; } = new();

    /// <summary>By work.</summary>
    public ImmutableDictionary<string, (string Namespace, string Name)> Ready { get; init; } = ImmutableDictionary<string, (string, string)>.Empty;

    /// <summary>How often each name is in <see cref="Ready"/>: a name may be a deleted app's and its successor's for a moment.</summary>
    public ImmutableDictionary<(string Namespace, string Name), int> Counts { get; private init; } = ImmutableDictionary<(string, string), int>.Empty;

    /// <summary>By work with pets: those whose own ports lead to them from here.</summary>
    public ImmutableDictionary<string, (string Namespace, string Name, IndexSet Ordinals)> Pets { get; private init; } =
        ImmutableDictionary<string, (string, string, IndexSet)>.Empty;

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

    public LocalNames WithPets(string workUid, string @namespace, string name, IndexSet ordinals)
    {
        if (ordinals.IsEmpty)
            return Pets.ContainsKey(workUid) ? this with { Pets = Pets.Remove(workUid) } : this;
        return Pets.TryGetValue(workUid, out var before) && before.Equals((@namespace, name, ordinals)) ? this : this with { Pets = Pets.SetItem(workUid, (@namespace, name, ordinals)) };
    }

    /// <summary>A pet's name is its set's, a dash, and its ordinal.</summary>
    public bool HasPet(string @namespace, string set, string pet) =>
        pet.Length > set.Length + 1 && pet.StartsWith(set, StringComparison.Ordinal) && pet[set.Length] == '-'
        && int.TryParse(pet.AsSpan(set.Length + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var ordinal)
        && Pets.Values.Any(known => known.Namespace == @namespace && known.Name == set && known.Ordinals.Contains(ordinal) && pet == $"{set}-{ordinal}");

    public bool Has(string @namespace, string name) => Counts.ContainsKey((@namespace, name));
}
