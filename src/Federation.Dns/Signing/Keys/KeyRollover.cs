using System.Collections.Immutable;

namespace Federation.Dns.Signing.Keys;

/// <summary>What a rollover does next.</summary>
/// <param name="Sentence">What there is to know or to do, for the person who asked.</param>
/// <param name="Changed">Keys to write; empty: nothing changes now.</param>
public sealed record RolloverStep(string Sentence, ImmutableArray<ZoneKey> Changed)
{
    /// <summary>The keys whose DS the parent is to have now, in place of all others; empty: it is not the parent's turn.</summary>
    public ImmutableArray<ZoneKey> ForParent { get; init; } = [];
}

/// <summary>Replaces the key that the parent knows, so that every resolver always knows a key for every signature it keeps.</summary>
/// <remarks>
/// Pure. All steps are times in key files, far enough ahead for the files to reach every name server; nobody has to wait awake for them:
/// <code>
/// begin      the new key is published beside the old one, and both sign the zone's keys
/// + keys' TTL + margin   everybody who keeps the zone's keys has the new one: CDS and CDNSKEY ask the parent for its DS
/// confirmed  the parent has the new DS in place of the old one
/// + DS TTL + margin      nobody keeps the old DS: the new key signs the data, the old one no more
/// + longest TTL + margin nobody keeps what the old one signed: it goes
/// </code>
/// </remarks>
public static class KeyRollover
{
    /// <summary>For files to be copied and clocks to differ.</summary>
    public static readonly TimeSpan Margin = TimeSpan.FromHours(1);

    /// <summary>Longer than records of the zone may be kept.</summary>
    public static readonly TimeSpan LongestTtl = TimeSpan.FromDays(1);

    private static readonly TimeSpan KeyTtl = TimeSpan.FromSeconds(ZoneSigner.KeyTtl);

    /// <summary>The first key of a zone: signs at once, and is for the parent when nobody keeps the zone without signatures any more.</summary>
    public static KeyTimes First(DateTimeOffset now) => new()
    {
        Created = now,
        Publish = now,
        Activate = now,
        SyncPublish = now + KeyTtl + Margin,
    };

    /// <summary>Begins a rollover, or says what the one under way waits for.</summary>
    /// <param name="keys">Of the zone.</param>
    /// <param name="now">The time.</param>
    /// <param name="generate">Makes a key for the parent with the times it is given.</param>
    public static RolloverStep Next(ImmutableArray<ZoneKey> keys, DateTimeOffset now, Func<KeyTimes, ZoneKey> generate)
    {
        var current = KeySchedule.At(keys, now).KeySigners.Where(key => key.IsEntryPoint && IsActive(key, now)).ToImmutableArray();
        if (current.IsEmpty)
            return new RolloverStep("There is no key in use that could be replaced.", []);
        if (Successor(keys, now) is { } successor)
        {
            return now < successor.Times.SyncPublish
                ? Wait($"Key {successor.Tag} is published, and becomes known everywhere until {Text(successor.Times.SyncPublish)}. Then the parent is to have its DS.")
                : Wait($"The parent is to have the DS of key {successor.Tag} in place of all others. When all its servers have it, confirm it.") with { ForParent = [successor] };
        }

        if (keys.FirstOrDefault(key => key.IsEntryPoint && key.Times.Activate > now) is { } coming)
            return Wait($"Key {coming.Tag} signs from {Text(coming.Times.Activate)} on, when nobody keeps the old DS any more.");
        if (keys.FirstOrDefault(key => key.IsEntryPoint && key.Times.Inactive <= now && key.Times.Delete > now) is { } leaving)
            return Wait($"Key {leaving.Tag} signs no more, and goes at {Text(leaving.Times.Delete)}, when nobody keeps what it signed.");

        var known = now + KeyTtl + Margin;
        var made = generate(new KeyTimes { Created = now, Publish = now, SyncPublish = known });
        return new RolloverStep(
            $"Key {made.Tag} is published beside {string.Join(", ", current.Select(key => key.Tag))}. From {Text(known)} on the parent is to have its DS.",
            [made, .. current.Select(key => key with { Times = Retimed(key, now) with { SyncDelete = known } })]);
    }

    /// <summary>The parent has the new DS in place of the old ones: sets the times of all that is left to do.</summary>
    /// <param name="keys">Of the zone.</param>
    /// <param name="now">The time.</param>
    /// <param name="parentTtl">How long resolvers keep the DS.</param>
    public static RolloverStep Confirm(ImmutableArray<ZoneKey> keys, DateTimeOffset now, TimeSpan parentTtl)
    {
        if (Successor(keys, now) is not { } successor)
            return new RolloverStep("No rollover waits for the parent.", []);
        if (now < successor.Times.SyncPublish)
            return new RolloverStep($"Key {successor.Tag} is not known everywhere before {Text(successor.Times.SyncPublish)}: with its DS alone at the parent the zone is broken for some. Put the old DS back beside it, and confirm then.", []);

        var (active, gone) = (now + parentTtl + Margin, now + parentTtl + Margin + LongestTtl + Margin);
        return new RolloverStep(
            $"Key {successor.Tag} signs from {Text(active)} on; what is old goes at {Text(gone)}.",
            [
                successor with { Times = successor.Times with { Activate = active } },
                .. keys.Where(key => key.IsEntryPoint && IsActive(key, now)).Select(key => key with { Times = Retimed(key, now) with { Inactive = active, Delete = gone } }),
            ]);
    }

    /// <summary>A key that is published, and does not sign before somebody confirms that the parent knows it.</summary>
    private static ZoneKey? Successor(ImmutableArray<ZoneKey> keys, DateTimeOffset now) => keys.FirstOrDefault(key =>
        key is { IsEntryPoint: true, Times: { IsUntimed: false, Activate: null, SyncPublish: not null } } && key.Times.Publish <= now && !(key.Times.Delete <= now));

    private static bool IsActive(ZoneKey key, DateTimeOffset now) =>
        key.Times.IsUntimed || (key.Times.Activate <= now && !(key.Times.Inactive <= now) && !(key.Times.Delete <= now));

    /// <summary>A key without times gets those it has been living by.</summary>
    private static KeyTimes Retimed(ZoneKey key, DateTimeOffset now) => key.Times.IsUntimed ? new KeyTimes { Publish = now, Activate = now } : key.Times;

    private static RolloverStep Wait(string sentence) => new(sentence, []);

    private static string Text(DateTimeOffset? time) => time!.Value.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);
}
