using System.Collections.Immutable;
using System.Globalization;
using Federation.Api;
using MemberCluster.Agent.Pods;

namespace MemberCluster.Agent.Volumes;

/// <summary>Beside a volume that is not whole stands another one, empty, that says so: the engine keeps it, whatever becomes of the agent and its disk.</summary>
internal static class VolumeMarks
{
    private const string Suffix = "_unfinished";

    /// <summary>No part of a volume's name has an underscore, so this is no pet's volume.</summary>
    public static string NameOf(string volume) => volume + Suffix;

    /// <summary>Of what holds a volume open in the engine.</summary>
    public static ImmutableDictionary<string, string> HolderLabels(string cluster, string volume) =>
        ImmutableDictionary<string, string>.Empty.Add(PodLabels.Cluster, cluster).Add(AgentLabels.Holds, volume);

    /// <summary>Of a copied volume: which copy brought it.</summary>
    public static string CopyOf(long epoch) => epoch.ToString(CultureInfo.InvariantCulture);
}
