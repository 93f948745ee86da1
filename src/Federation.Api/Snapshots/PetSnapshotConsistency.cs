namespace Federation.Api.Snapshots;

/// <summary>What a pet does while its volumes are read, and so what the copy is worth.</summary>
public enum PetSnapshotConsistency
{
    /// <summary>Its processes are frozen for as long as it takes, and no longer than pauseSeconds: the copy is what a power cut at that moment would leave.</summary>
    Pause,

    /// <summary>It runs on: files as they were at different moments. For stores that only append, or that bring such files in order by themselves.</summary>
    Live,
}
