using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace MemberCluster.Agent.Runtime.Fake;

/// <summary>The containers of one fake engine, by id and by name.</summary>
internal sealed class FakeContainerStore(FakeEngine engine)
{
    private readonly ConcurrentDictionary<string, FakeContainer> _byId = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, FakeContainer> _byName = new(StringComparer.Ordinal);
    private int _created;
    private int _addresses;
    private int _starts;

    public int RunningCount => _byId.Values.Count(container => container.IsRunning);

    public int StartCount => Volatile.Read(ref _starts);

    public static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    public FakeContainer Add(ContainerSpec spec, string imageId, string? sharesNetworkOf)
    {
        var number = Interlocked.Increment(ref _created);
        var container = new FakeContainer(engine, number, Hash($"{engine.Options.Name}/{number}"), spec, imageId, sharesNetworkOf);
        if (!_byName.TryAdd(spec.Name, container))
            throw new RuntimeException(RuntimeFailure.Conflict, $"Cannot create container {spec.Name}: the name is in use by container {_byName[spec.Name].Id}");
        _byId[container.Id] = container;
        engine.Events.Add(container, RuntimeEventKind.Created);
        return container;
    }

    public FakeContainer? Find(string container) => _byId.GetValueOrDefault(container) ?? _byName.GetValueOrDefault(container);

    public FakeContainer Get(string container) =>
        Find(container) ?? throw new RuntimeException(RuntimeFailure.NotFound, $"No such container: {container}");

    public void Rename(FakeContainer container, string name)
    {
        if (!_byName.TryAdd(name, container))
            throw new RuntimeException(RuntimeFailure.Conflict, $"Cannot rename container {container.Name}: the name {name} is in use");
        _byName.TryRemove(KeyValuePair.Create(container.Name, container));
        container.Name = name;
    }

    public void Remove(FakeContainer container)
    {
        _byId.TryRemove(container.Id, out _);
        _byName.TryRemove(KeyValuePair.Create(container.Name, container));
        engine.Events.Add(container, RuntimeEventKind.Destroyed);
    }

    /// <summary>Newest first, as an engine lists.</summary>
    public IEnumerable<FakeContainer> All() => _byId.Values.OrderByDescending(container => container.Number);

    public IEnumerable<FakeContainer> Running() => All().Where(container => container.IsRunning);

    public ImmutableArray<Container> Snapshot() => [.. All().Select(container => container.Read())];

    public string NextAddress() => engine.AddressAt(Interlocked.Increment(ref _addresses) - 1).ToString();

    public void CountStart() => Interlocked.Increment(ref _starts);
}
