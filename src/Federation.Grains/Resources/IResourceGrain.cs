using Federation.Grains.Objects;

namespace Federation.Grains.Resources;

/// <summary>Kinds that need little control: Namespace, ConfigMap, Secret, Region, Zone, Event, Credential.</summary>
[Alias("federation.IResourceGrain")]
public interface IResourceGrain : IObjectGrain;
