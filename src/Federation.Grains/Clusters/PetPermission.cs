namespace Federation.Grains.Clusters;

/// <summary>What one activation knows of the permission by which its cluster's fenced pets run; see ADR 9. By the monotonic clock.</summary>
/// <remarks>
/// Two activations may live at the same time. Each writes its mark once, and each permission needs a read of the store that began after the
/// report had arrived and found the own mark. So whatever another activation permits was asked for before this one's mark was in the store, and
/// ends a permission after that, however late the answer leaves: the agent counts from when it asked.
/// </remarks>
internal sealed class PetPermission(TimeProvider time, FenceOptions options)
{
    private long? _markedAt;
    private long? _givenAt;
    private bool _isOtherHistory;

    /// <summary>This activation's mark has been in the store.</summary>
    public bool IsMarked => _markedAt is not null;

    /// <summary>Where in the works stream this run of permissions began; null: the next one begins another run.</summary>
    public long? From { get; private set; }

    /// <summary>At least one permission was given, and the last one may still be in force.</summary>
    public bool IsGiven => _givenAt is { } at && time.GetElapsedTime(at) < options.Whole;

    /// <summary>How long a permission may still be in force, whoever gave it; zero: none is.</summary>
    public TimeSpan Left => _markedAt is { } marked ? Longer(LeftSince(marked), _givenAt is { } given ? LeftSince(given) : TimeSpan.Zero) : options.Whole;

    /// <summary>
    /// False: not yet. A restored store does not know what was decided after its backup; until what was permitted then is over,
    /// a pet that it puts here may still run elsewhere.
    /// </summary>
    public bool MayGive => _markedAt is { } at && (!_isOtherHistory || time.GetElapsedTime(at) >= options.Whole);

    /// <summary>The mark is in the store, and was not before the write that put it there.</summary>
    /// <param name="isOtherHistory">The mark before it was made in another store: this one was restored from a backup.</param>
    public void Mark(bool isOtherHistory) => (_markedAt, _isOtherHistory) = (time.GetTimestamp(), isOtherHistory);

    /// <summary>Right before the answer that carries it.</summary>
    public void Give(long from) => (From, _givenAt) = (from, time.GetTimestamp());

    /// <summary>Somebody was told that none is in force: whoever gets the next one has to learn first what was decided since.</summary>
    public void End() => From = null;

    private TimeSpan LeftSince(long timestamp) => Longer(options.Whole - time.GetElapsedTime(timestamp), TimeSpan.Zero);

    private static TimeSpan Longer(TimeSpan left, TimeSpan right) => left > right ? left : right;
}
