using Federation.Grains.Objects;

namespace Federation.Grains.Tests;

/// <summary>The same uids in every run; never the same one twice, over restarts too.</summary>
internal sealed class SequentialIds : IIdSource
{
    private int _last;

    public string NewUid() => $"00000000-0000-0000-0000-{Interlocked.Increment(ref _last):x12}";
}
