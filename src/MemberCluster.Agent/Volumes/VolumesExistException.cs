namespace MemberCluster.Agent.Volumes;

/// <summary>There are volumes of a pet's name already, which are not this pet's.</summary>
internal sealed class VolumesExistException(string message) : Exception(message);
