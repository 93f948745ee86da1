using Federation.Grains.Events;
using Federation.Grains.Owners;
using Federation.Storage.Cache;

namespace Federation.Grains.Objects;

/// <summary>What every object grain works with.</summary>
internal sealed record ObjectGrainContext(
    TimeProvider Time,
    IIdSource Ids,
    IObjectCache Cache,
    NamespaceGate Namespaces,
    IEventRecorder Events,
    Dependents Dependents);
