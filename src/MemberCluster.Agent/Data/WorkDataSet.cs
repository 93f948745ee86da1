using Federation.Api.Agents;
using Federation.Api.Apps;
using Federation.Api.Core;
using MemberCluster.Agent.Pods;

namespace MemberCluster.Agent.Data;

/// <summary>Something that a pod needs is not there.</summary>
/// <param name="Reason">A constant of <see cref="Reasons"/>.</param>
/// <param name="Message">Names the object and the key; never a value.</param>
internal sealed record MissingData(string Reason, string Message);

/// <summary>The ConfigMaps and Secrets of a work, to look things up in.</summary>
internal sealed class WorkDataSet(Work work)
{
    private readonly Dictionary<DataName, WorkData> _objects = work.Data.ToDictionary(data => new DataName(data.Kind, data.Name));

    public string Namespace => work.Namespace;

    public WorkData? Find(DataName name) => _objects.GetValueOrDefault(name);

    /// <summary>The bytes under a key; null: there is no such object or key.</summary>
    public byte[]? Find(DataName name, string key) =>
        Find(name) is { } data && data.Values.TryGetValue(key, out var value) ? Convert.FromBase64String(value) : null;

    public MissingData Missing(DataName name, string? key = null) => new(
        name.Kind == Federation.Api.Core.Secret.KindName ? Reasons.SecretMissing : Reasons.ConfigMapMissing,
        key is null || Find(name) is null
            ? $"{name.Kind} {Namespace}/{name.Name} does not exist"
            : $"{name.Kind} {Namespace}/{name.Name} has no key {key}");

    public static DataName Map(string name) => new(ConfigMap.KindName, name);

    public static DataName Secret(string name) => new(Federation.Api.Core.Secret.KindName, name);
}
