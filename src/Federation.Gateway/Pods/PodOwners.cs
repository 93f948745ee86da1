using System.Collections.Concurrent;
using Federation.Api;
using Federation.Api.Pods;

namespace Federation.Gateway.Pods;

/// <summary>
/// Which cluster shows a pod name: the first that reported it. A cluster cannot take over, or hide, another's pods. A pet's name is the same everywhere: it
/// belongs to the cluster that its set has given the pet to, and goes with it.
/// </summary>
/// <param name="homeOf">The cluster that a pet is bound to; null: the pod is no pet, or the pet is bound to none.</param>
internal sealed class PodOwners(Func<Pod, string?> homeOf)
{
    private readonly ConcurrentDictionary<ObjectKey, string> _owners = new();

    public bool Claim(Pod pod, string cluster)
    {
        if (homeOf(pod) == cluster)
            _owners[pod.Key] = cluster;
        return _owners.GetOrAdd(pod.Key, cluster) == cluster;
    }

    /// <summary>True: the name was this cluster's and is free now.</summary>
    public bool Release(ObjectKey pod, string cluster) => _owners.TryRemove(new KeyValuePair<ObjectKey, string>(pod, cluster));
}
