using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using Federation.Api;
using Federation.Api.Agents;
using MemberCluster.Agent.Pods;

namespace MemberCluster.Agent.Data;

/// <summary>What a pet is told of itself and of the others: variables as of its start, and a file that follows changes. Pure.</summary>
internal static class PetsFile
{
    /// <summary>Where the file is in containers.</summary>
    public const string Directory = "/etc/federation";

    public const string Name = "pets.json";

    /// <summary>As a volume; no volume of a template can have the name.</summary>
    public const string Volume = "federation.pets";

    private const UnixFileMode Readable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>None for a pod that is no pet.</summary>
    public static ImmutableDictionary<string, string> Variables(PodIdentity pod, Work work)
    {
        if (pod.Epoch is not { } epoch)
            return ImmutableDictionary<string, string>.Empty;
        return ImmutableDictionary.CreateRange<string, string>(
        [
            new(PodEnvironment.PetName, pod.Name),
            new(PodEnvironment.PetOrdinal, pod.Ordinal.ToString(CultureInfo.InvariantCulture)),
            new(PodEnvironment.PetEpoch, epoch.ToString(CultureInfo.InvariantCulture)),
            new(PodEnvironment.PetSet, pod.Owner),
            new(PodEnvironment.PetPeers, string.Join(',', PeersOf(work))),
        ]);
    }

    public static IReadOnlyList<VolumeFile> Files(Work work) => [new VolumeFile(Name, Contents(work), Readable)];

    /// <summary>Tells whether the file would be another one.</summary>
    public static string VersionOf(Work work) => Convert.ToHexStringLower(SHA256.HashData(Contents(work)));

    /// <summary>Every field is always there: programs of all languages read it, and an address that is not known yet is empty.</summary>
    private static byte[] Contents(Work work)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("set", work.Name);
            json.WriteString("namespace", work.Namespace);
            json.WriteStartArray("pets");
            foreach (var peer in (work.Pets?.Peers ?? []).OrderBy(peer => peer.Ordinal))
                Write(json, peer);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        return bytes.ToArray();
    }

    private static void Write(Utf8JsonWriter json, WorkPetPeer peer)
    {
        json.WriteStartObject();
        json.WriteString("name", peer.Name);
        json.WriteNumber("ordinal", peer.Ordinal);
        json.WriteString("region", peer.Region);
        json.WriteString("cluster", peer.Cluster);
        json.WriteString("host", peer.Host);
        json.WriteString("address", peer.Address);
        json.WriteStartObject("ports");
        foreach (var (name, number) in peer.Ports.OrderBy(port => port.Key, StringComparer.Ordinal))
            json.WriteNumber(name, number);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>By the first port that each pet has for itself; those that have no address yet are left out.</summary>
    private static IEnumerable<string> PeersOf(Work work)
    {
        var port = work.Expose.FirstOrDefault(port => port.Ordinal is not null)?.Name;
        foreach (var peer in (work.Pets?.Peers ?? []).Where(peer => peer.Address.Length > 0).OrderBy(peer => peer.Ordinal))
        {
            if (port is not null && peer.Ports.TryGetValue(port, out var number))
                yield return $"{peer.Name}={(peer.Address.Contains(':', StringComparison.Ordinal) ? $"[{peer.Address}]" : peer.Address)}:{number}";
        }
    }
}
