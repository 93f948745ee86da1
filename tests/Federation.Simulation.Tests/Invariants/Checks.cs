using Federation.Api;
using Federation.Api.Apps;
using Federation.Api.Clusters;
using Federation.Api.Daemons;
using Federation.Api.Pets;
using Federation.Simulation.Tests.Kernel;
using Federation.Simulation.Tests.Regions;
using Federation.Storage;
using MemberCluster.Agent.Runtime;

namespace Federation.Simulation.Tests.Invariants;

/// <summary>Looks at every commit of the store and every step of an engine, from outside, and says what must not be. The first finding ends the run.</summary>
internal sealed class Checks
{
    private readonly World _world;
    private readonly Dictionary<string, Cluster> _clusters = [];
    private readonly Dictionary<string, App> _apps = [];
    private BrokenInvariantException? _broken;

    public Checks(World world)
    {
        _world = world;
        Writes = new WriteCheck(Fail);
        Shares = new ShareCheck(world, Fail);
        Capacity = new CapacityCheck(world, Fail);
        Pets = new PetCheck(world, Fail);
        Daemons = new DaemonCheck(world, Fail);
        Names = new NameCheck(() => world.Time.Now, Fail);
        world.Store.Committed = Committed;
    }

    public WriteCheck Writes { get; }

    public ShareCheck Shares { get; }

    public CapacityCheck Capacity { get; }

    public PetCheck Pets { get; }

    public DaemonCheck Daemons { get; }

    public NameCheck Names { get; }

    /// <summary>The apps as the store has them, by uid.</summary>
    public IReadOnlyDictionary<string, App> Apps => _apps;

    public IReadOnlyDictionary<string, Cluster> Clusters => _clusters;

    public void Fail(string invariant, string what)
    {
        if (_broken is null)
            _world.Trace.Add($"BROKEN {invariant}: {what}");
        _broken ??= new BrokenInvariantException(invariant, what);
    }

    public void Throw()
    {
        if (_broken is { } broken)
            throw broken;
    }

    /// <summary>An agent is about to end a running container.</summary>
    public void Stopping(SimCluster cluster, SimNode node, Container container)
    {
        Shares.Stopping(cluster, container);
        Daemons.Stopping(node, container);
    }

    private void Committed(Change change)
    {
        switch (change.Key.Kind)
        {
            case App.KindName:
                Committed(change, (App)Kinds.Find(change.Key.Kind).ReadStored(change.Json.Span, change.Revision));
                break;
            case PetSet.KindName:
                var set = (PetSet)Kinds.Find(change.Key.Kind).ReadStored(change.Json.Span, change.Revision);
                Writes.Committed(change, set);
                Pets.Committed(change, set);
                break;
            case Daemon.KindName:
                var daemon = (Daemon)Kinds.Find(change.Key.Kind).ReadStored(change.Json.Span, change.Revision);
                Writes.Committed(change, daemon);
                Daemons.Committed(change, daemon);
                break;
            case Cluster.KindName:
                var cluster = (Cluster)Kinds.Find(change.Key.Kind).ReadStored(change.Json.Span, change.Revision);
                if (change.Type == ChangeType.Delete)
                    Fail("NothingDeleted", $"cluster {change.Key.Name} was deleted by nobody");
                _clusters[change.Key.Name] = cluster;
                foreach (var app in _apps.Values)
                    Names.Look(app, _clusters);
                break;
        }
    }

    private void Committed(Change change, App app)
    {
        var uid = app.Metadata.Uid ?? "";
        var before = _apps.GetValueOrDefault(uid);
        if (change.Type == ChangeType.Delete)
            _apps.Remove(uid);
        else
            _apps[uid] = app;
        Writes.Committed(change, app);
        Shares.Committed(change, app);
        if (change.Type == ChangeType.Put)
        {
            Capacity.Committed(before, app, _apps.Values);
            Names.Committed(before, app, _clusters);
        }
    }
}
