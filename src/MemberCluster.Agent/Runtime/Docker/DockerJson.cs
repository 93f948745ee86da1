using System.Text.Json.Serialization;
using MemberCluster.Agent.Runtime.Docker.Wire;

namespace MemberCluster.Agent.Runtime.Docker;

/// <summary>The engine's JSON: members named as the engine names them, absent when null, unknown ones ignored.</summary>
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ErrorWire))]
[JsonSerializable(typeof(InfoWire))]
[JsonSerializable(typeof(ContainerListItemWire[]))]
[JsonSerializable(typeof(ContainerWire))]
[JsonSerializable(typeof(ContainerCreateWire))]
[JsonSerializable(typeof(IdWire))]
[JsonSerializable(typeof(WaitWire))]
[JsonSerializable(typeof(StatsWire))]
[JsonSerializable(typeof(ExecCreateWire))]
[JsonSerializable(typeof(ExecStartWire))]
[JsonSerializable(typeof(ExecWire))]
[JsonSerializable(typeof(EventWire))]
[JsonSerializable(typeof(ImageWire))]
[JsonSerializable(typeof(ImageWire[]))]
[JsonSerializable(typeof(RegistryAuthWire))]
[JsonSerializable(typeof(ProgressWire))]
[JsonSerializable(typeof(NetworkWire))]
[JsonSerializable(typeof(NetworkWire[]))]
[JsonSerializable(typeof(NetworkCreateWire))]
[JsonSerializable(typeof(VolumeWire))]
[JsonSerializable(typeof(VolumeListWire))]
[JsonSerializable(typeof(VolumeCreateWire))]
[JsonSerializable(typeof(Dictionary<string, string[]>))]
internal sealed partial class DockerJson : JsonSerializerContext;
