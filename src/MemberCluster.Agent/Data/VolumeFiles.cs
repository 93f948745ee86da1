using System.Text;
using Federation.Api.Agents;
using Federation.Api.Apps;

namespace MemberCluster.Agent.Data;

/// <param name="Path">Relative to the volume, separated by '/'.</param>
/// <param name="Content">The bytes.</param>
/// <param name="Mode">Permissions.</param>
internal sealed record VolumeFile(string Path, byte[] Content, UnixFileMode Mode);

/// <summary>The files of a volume made of ConfigMaps, Secrets and fields of the pod. Pure.</summary>
internal static class VolumeFiles
{
    private const int DefaultMode = 0b110_100_100;   // 0644

    /// <summary>Whether the volume is made of data; others are directories and mounts.</summary>
    public static bool IsData(Volume volume) => volume is { ConfigMap: not null } or { Secret: not null } or { DownwardAPI: not null } or { Projected: not null };

    /// <summary>Whether its bytes may never touch a disk.</summary>
    public static bool IsSecret(Volume volume) => volume.Secret is not null || volume.Projected?.Sources.Any(source => source.Secret is not null) == true;

    /// <param name="volume">The volume.</param>
    /// <param name="work">Its ConfigMaps and Secrets.</param>
    /// <param name="pod">What fields of the pod stand for.</param>
    /// <param name="missing">What the pod must wait for; null when nothing is missing. What was written before then stays.</param>
    public static IReadOnlyList<VolumeFile> Of(Volume volume, Work work, PodFacts pod, out MissingData? missing)
    {
        var files = new SortedDictionary<string, VolumeFile>(StringComparer.Ordinal);
        var data = new WorkDataSet(work);
        missing = volume switch
        {
            { ConfigMap: { } map } => Add(WorkDataSet.Map(map.Name), map.Items, map.DefaultMode, map.Optional, data, files),
            { Secret: { } secret } => Add(WorkDataSet.Secret(secret.SecretName), secret.Items, secret.DefaultMode, secret.Optional, data, files),
            { DownwardAPI: { } downward } => Add(downward.Items, downward.DefaultMode, pod, files),
            { Projected: { } projected } => Add(projected, data, pod, files),
            _ => null,
        };
        return [.. files.Values];
    }

    private static MissingData? Add(ProjectedVolume projected, WorkDataSet data, PodFacts pod, SortedDictionary<string, VolumeFile> files)
    {
        MissingData? missing = null;
        foreach (var source in projected.Sources)
        {
            missing ??= source switch
            {
                { ConfigMap: { } map } => Add(WorkDataSet.Map(map.Name), map.Items, projected.DefaultMode, map.Optional, data, files),
                { Secret: { } secret } => Add(WorkDataSet.Secret(secret.Name), secret.Items, projected.DefaultMode, secret.Optional, data, files),
                { DownwardAPI: { } downward } => Add(downward.Items, projected.DefaultMode, pod, files),
                _ => null,
            };
        }

        return missing;
    }

    private static MissingData? Add(
        DataName name, IReadOnlyList<KeyToPath> items, int? mode, bool? optional, WorkDataSet data, SortedDictionary<string, VolumeFile> files)
    {
        if (data.Find(name) is not { } found)
            return optional == true ? null : data.Missing(name);
        if (items.Count == 0)
        {
            foreach (var (key, value) in found.Values)
                files[key] = new VolumeFile(key, Convert.FromBase64String(value), ModeOf(null, mode));
            return null;
        }

        foreach (var item in items)
        {
            if (data.Find(name, item.Key) is { } content)
                files[item.Path] = new VolumeFile(item.Path, content, ModeOf(item.Mode, mode));
            else if (optional != true)
                return data.Missing(name, item.Key);
        }

        return null;
    }

    private static MissingData? Add(IReadOnlyList<DownwardFile> items, int? mode, PodFacts pod, SortedDictionary<string, VolumeFile> files)
    {
        foreach (var item in items)
        {
            var text = item.FieldRef is { } field ? PodFieldValues.Of(field, pod) : PodFieldValues.Of(item.ResourceFieldRef!, container: null, pod);
            files[item.Path] = new VolumeFile(item.Path, Encoding.UTF8.GetBytes(text), ModeOf(item.Mode, mode));
        }

        return null;
    }

    private static UnixFileMode ModeOf(int? own, int? volume) => (UnixFileMode)(own ?? volume ?? DefaultMode);
}
