using Federation.Api;
using Federation.Api.Apps;

namespace Federation.Gateway.Agents;

/// <summary>Which objects' templates name a ConfigMap or Secret: a change of one concerns these, and no others. Not thread-safe.</summary>
internal sealed class DataIndex
{
    private readonly Dictionary<ObjectKey, HashSet<ObjectKey>> _owners = [];
    private readonly Dictionary<ObjectKey, IReadOnlyList<ObjectKey>> _named = [];

    /// <summary>Those whose templates name the object, whether or not it exists.</summary>
    public IReadOnlyCollection<ObjectKey> OwnersOf(ObjectKey data) => _owners.TryGetValue(data, out var owners) ? owners : [];

    /// <summary>Replaces what the owner's templates named before.</summary>
    public void Set(ObjectKey owner, IEnumerable<PodTemplate> templates)
    {
        Remove(owner);
        ObjectKey[] keys = [.. templates.SelectMany(DataName.In).Distinct().Select(name => KeyOf(name, owner.Namespace))];
        if (keys.Length == 0)
            return;
        _named[owner] = keys;
        foreach (var key in keys)
        {
            if (!_owners.TryGetValue(key, out var owners))
                _owners[key] = owners = [];
            owners.Add(owner);
        }
    }

    public void Remove(ObjectKey owner)
    {
        if (!_named.Remove(owner, out var keys))
            return;
        foreach (var key in keys)
        {
            if (_owners.TryGetValue(key, out var owners) && owners.Remove(owner) && owners.Count == 0)
                _owners.Remove(key);
        }
    }

    public void Clear()
    {
        _owners.Clear();
        _named.Clear();
    }

    public static ObjectKey KeyOf(DataName name, string? @namespace) => new(name.Kind, @namespace ?? "", name.Name);
}
