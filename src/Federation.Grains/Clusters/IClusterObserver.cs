namespace Federation.Grains.Clusters;

/// <summary>Follows the pods of one cluster.</summary>
[Alias("federation.IClusterObserver")]
public interface IClusterObserver : IGrainObserver
{
    [Alias("PodsChanged")]
    Task PodsChangedAsync([Immutable] PodDelta delta);
}
