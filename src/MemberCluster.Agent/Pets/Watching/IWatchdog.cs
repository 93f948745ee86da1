namespace MemberCluster.Agent.Pets.Watching;

/// <summary>What ends fenced pets when the agent does not: a process of its own, that reads nothing but what is written for it here.</summary>
internal interface IWatchdog
{
    /// <summary>Starts one where none is at work, and takes over one that is.</summary>
    /// <returns>Why there is none; null: there is one.</returns>
    string? Ensure();

    /// <summary>What was written last, also by an agent before this one; null: nothing, or not since the machine started.</summary>
    FenceRecord? Read();

    /// <exception cref="IOException">It knows what it knew before.</exception>
    void Write(FenceRecord record);

    /// <summary>Does now, from this process, what the watchdog does at the deadline: a hung engine is no hindrance. A container that is gone is none either.</summary>
    void End(IReadOnlyCollection<FencedContainer> containers);

    /// <summary>When the process started that has the pid; 0: none has.</summary>
    long StartOf(int pid);

    /// <summary>What it did since it was asked last, a sentence for each.</summary>
    IReadOnlyList<string> TakeNews();
}
