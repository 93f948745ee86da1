using System.Collections.Concurrent;
using Federation.Dns.Wire;
using Federation.Dns.Zones;

namespace Federation.Dns.Transfers;

/// <summary>The latest versions of each zone, so that the difference to the newest can be told. Written by the follower, read by everyone.</summary>
/// <remarks>
/// Versions share what they have in common, so one costs what it changed. A version stands for every revision from its serial to the last one at which it
/// was still the newest: a secondary that has its serial from another name server gets a difference too.
/// </remarks>
internal sealed class ZoneJournal
{
    private readonly TransferOptions _options;
    private readonly ConcurrentDictionary<DnsName, JournalEntry[]> _entries = new();

    public ZoneJournal(TransferOptions options, ZoneState state)
    {
        _options = options;
        state.Published += (_, _) => Record(state.Current!);
    }

    /// <summary>The version that had this serial, or that was the zone at the revision the serial stands for. Null: it is not known any more.</summary>
    public ZoneSnapshot? Find(DnsName zone, uint serial)
    {
        foreach (var entry in _entries.GetValueOrDefault(zone) ?? [])
        {
            if ((int)(serial - entry.Zone.Serial) >= 0 && (int)(entry.Through - serial) >= 0)
                return entry.Zone;
        }

        return null;
    }

    private void Record(ServedZones zones)
    {
        foreach (var zone in zones.All)
            _entries[zone.Apex] = With(_entries.GetValueOrDefault(zone.Apex) ?? [], zone, (uint)zones.Main.Revision);
        foreach (var gone in _entries.Keys.Where(apex => zones.Find(apex) is null))
            _entries.TryRemove(gone, out _);
    }

    /// <summary>Newest first.</summary>
    private JournalEntry[] With(JournalEntry[] entries, ZoneSnapshot zone, uint revision)
    {
        // After a restore serials have left revisions behind (they never go back): a version then stands for its own serial only.
        var through = (int)(revision - zone.Serial) >= 0 ? revision : zone.Serial;
        if (entries.Length > 0 && entries[0].Zone.Serial == zone.Serial)
            return [entries[0] with { Zone = zone, Through = through }, .. entries.AsSpan(1)];
        var changed = entries.Length == 0 ? 0 : ZoneDifference.ChangedNames(entries[0].Zone, zone).Count;
        var kept = 0;
        for (long names = changed; kept < entries.Length && kept + 1 < _options.JournalVersions && names <= _options.JournalNames; kept++)
            names += entries[kept].Changed;
        return [new JournalEntry(zone, through, changed), .. entries.AsSpan(0, kept)];
    }

    /// <param name="Zone">The version.</param>
    /// <param name="Through">The last revision at which it was the zone.</param>
    /// <param name="Changed">Names that are others than in the version before.</param>
    private sealed record JournalEntry(ZoneSnapshot Zone, uint Through, int Changed);
}
