using System.Text;
using Federation.Api;
using Federation.Api.Agents;
using Federation.Api.Apps;
using Federation.Api.Core;
using Federation.Api.Meta;

namespace Federation.Domain.Works;

/// <summary>The ConfigMaps and Secrets of a work. Which ones, and in which version, is compared for every change; their contents are added to what is sent.</summary>
public static class WorkDataRenderer
{
    /// <summary>What the template names, as far as it exists, without contents.</summary>
    /// <param name="placed">The owner.</param>
    /// <param name="versionOf">An object's version; null: it does not exist.</param>
    public static IReadOnlyList<WorkData> Outline(PlacedResource placed, Func<ObjectKey, string?> versionOf)
    {
        List<DataName> names = [.. placed.Templates.SelectMany(DataName.In).Distinct()];
        if (names.Count == 0)
            return [];
        var outline = new List<WorkData>(names.Count);
        foreach (var name in names)
        {
            if (versionOf(new ObjectKey(name.Kind, placed.Metadata.Namespace ?? "", name.Name)) is { } version)
                outline.Add(new WorkData { Kind = name.Kind, Name = name.Name, Version = version });
        }

        return outline;
    }

    /// <param name="data">A ConfigMap or a Secret.</param>
    /// <param name="version">Its version.</param>
    public static WorkData Full(Resource data, string version) => new()
    {
        Kind = data.Kind,
        Name = data.Metadata.Name,
        Version = version,
        Type = (data as Secret)?.Type,
        Values = data switch
        {
            ConfigMap map => ValuesOf(map),
            Secret secret => secret.Data,
            _ => throw new ArgumentException($"A {data.Kind} holds no data for pods.", nameof(data)),
        },
    };

    /// <summary>Another uid is another object, another revision another state of it.</summary>
    public static string VersionOf(string uid, long revision) => $"{uid}/{revision}";

    /// <summary>Contents are not compared: a version stands for them.</summary>
    public static bool AreTheSame(IReadOnlyList<WorkData> left, IReadOnlyList<WorkData> right) =>
        left.Count == right.Count && left.Zip(right).All(pair => (pair.First.Kind, pair.First.Name, pair.First.Version) == (pair.Second.Kind, pair.Second.Name, pair.Second.Version));

    private static Dictionary<string, string> ValuesOf(ConfigMap map)
    {
        var values = new Dictionary<string, string>(map.BinaryData);
        foreach (var (key, text) in map.Data)
            values[key] = Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
        return values;
    }
}
