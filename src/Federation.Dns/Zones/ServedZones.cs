using System.Collections.Frozen;
using System.Collections.Immutable;
using Federation.Dns.Wire;

namespace Federation.Dns.Zones;

/// <summary>A Zone object that is not served.</summary>
/// <param name="Object">Its name.</param>
/// <param name="Zone">The zone that it would be.</param>
/// <param name="Problem">A sentence.</param>
public sealed record UnservedZone(string Object, DnsName Zone, string Problem);

/// <summary>All zones of one moment, immutable.</summary>
public sealed class ServedZones
{
    private const int BitsPerWord = 64;

    private readonly FrozenDictionary<DnsName, int> _places;
    private readonly FrozenDictionary<DnsName, int>.AlternateLookup<ReadOnlySpan<byte>> _byApex;
    private readonly ulong[] _lengths; // a bit for each length that an apex has

    public ServedZones(ZoneSnapshot main, params IEnumerable<ZoneSnapshot> others)
    {
        ArgumentNullException.ThrowIfNull(main);
        All = [main, .. others];
        _places = All.Select((zone, place) => KeyValuePair.Create(zone.Apex, place)).ToFrozenDictionary(NameComparer.Instance);
        _byApex = _places.GetAlternateLookup<ReadOnlySpan<byte>>();
        _lengths = new ulong[(DnsName.MaxLength / BitsPerWord) + 1];
        foreach (var zone in All)
            _lengths[zone.Apex.Length / BitsPerWord] |= 1UL << (zone.Apex.Length % BitsPerWord);
    }

    private ServedZones(ServedZones before, ImmutableArray<ZoneSnapshot> all)
    {
        All = all;
        (_places, _byApex, _lengths, RefusedHosts, UnservedObjects) = (before._places, before._byApex, before._lengths, before.RefusedHosts, before.UnservedObjects);
    }

    /// <summary>Hosts that apps list and do not get, each with a sentence about why.</summary>
    public IReadOnlyDictionary<DnsName, string> RefusedHosts { get; private init; } = ImmutableDictionary<DnsName, string>.Empty;

    /// <summary>Zone objects that are not served, and why.</summary>
    public ImmutableArray<UnservedZone> UnservedObjects { get; internal init; } = [];

    /// <summary>The same zones, some in other versions.</summary>
    public ServedZones With(IEnumerable<ZoneSnapshot> changed)
    {
        ArgumentNullException.ThrowIfNull(changed);
        var all = All.ToBuilder();
        foreach (var zone in changed)
            all[_places[zone.Apex]] = zone;
        return new ServedZones(this, all.ToImmutable());
    }

    internal ServedZones Refusing(IReadOnlyDictionary<DnsName, string> refusedHosts) => new(this, All) { RefusedHosts = refusedHosts };

    /// <summary>The federation's own.</summary>
    public ZoneSnapshot Main => All[0];

    /// <summary>The federation's own first.</summary>
    public ImmutableArray<ZoneSnapshot> All { get; }

    /// <summary>The zone that a name is in: of several the deepest. With one zone it may also be a name outside; the zone then has nothing for it.</summary>
    /// <param name="name">In lower case and wire form.</param>
    /// <param name="type">DS at the top of a zone is asked of the one above it.</param>
    internal ZoneSnapshot? Find(ReadOnlySpan<byte> name, RecordType type)
    {
        if (All.Length == 1)
            return Main;
        ZoneSnapshot? own = null;
        for (var at = 0; ; at += name[at] + 1)
        {
            var suffix = name[at..];
            if ((_lengths[suffix.Length / BitsPerWord] & (1UL << (suffix.Length % BitsPerWord))) != 0 && _byApex.TryGetValue(suffix, out var place))
            {
                if (at != 0 || type != RecordType.Ds)
                    return All[place];
                own = All[place];
            }

            if (name[at] == 0)
                return own;
        }
    }

    /// <summary>A zone by its name; null: it is not served.</summary>
    public ZoneSnapshot? Find(DnsName apex)
    {
        ArgumentNullException.ThrowIfNull(apex);
        return _places.TryGetValue(apex, out var place) ? All[place] : null;
    }

    private sealed class NameComparer : IEqualityComparer<DnsName>, IAlternateEqualityComparer<ReadOnlySpan<byte>, DnsName>
    {
        public static NameComparer Instance { get; } = new();

        public bool Equals(DnsName? x, DnsName? y) => x is null ? y is null : x.Equals(y);

        public int GetHashCode(DnsName obj) => obj.GetHashCode();

        public bool Equals(ReadOnlySpan<byte> alternate, DnsName other) => other.Wire.SequenceEqual(alternate);

        public int GetHashCode(ReadOnlySpan<byte> alternate) => (int)NameHash.Hash(alternate);

        public DnsName Create(ReadOnlySpan<byte> alternate) => DnsName.FromWire(alternate);
    }
}
