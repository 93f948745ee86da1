using System.Collections.Concurrent;
using Federation.Api;

namespace Federation.Gateway.Pods;

/// <summary>Which cluster shows a pod name: the first that reported it. A cluster cannot take over, or hide, another's pods.</summary>
internal sealed class PodOwners
{
    private readonly ConcurrentDictionary<ObjectKey, string> _owners = new();

    public bool Claim(ObjectKey pod, string cluster) => _owners.GetOrAdd(pod, cluster) == cluster;

    /// <summary>True: the name was this cluster's and is free now.</summary>
    public bool Release(ObjectKey pod, string cluster) => _owners.TryRemove(new KeyValuePair<ObjectKey, string>(pod, cluster));
}
