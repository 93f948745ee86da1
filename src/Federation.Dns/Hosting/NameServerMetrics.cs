using System.Diagnostics.Metrics;
using Federation.Dns.Answering;
using Federation.Dns.Answering.Limiting;
using Federation.Dns.Signing;
using Federation.Dns.Places;
using Federation.Dns.Zones;

namespace Federation.Dns.Hosting;

/// <summary>The meter <c>Federation.Dns</c>. Queries are counted in plain cells by the threads that answer, and summed up when a collector asks.</summary>
internal sealed class NameServerMetrics : IDisposable
{
    public const string MeterName = "Federation.Dns";

    private const int MostNames = 50;
    private const string None = "none";

    private readonly Lock _lock = new();
    private readonly List<QueryCounters> _counters = [];
    private readonly Meter _meter;

    private readonly PlaceState _places;

    public NameServerMetrics(IMeterFactory factory, ZoneState zone, PlaceState places, SigningCaches? signatures = null)
    {
        _places = places;
        _meter = factory.Create(MeterName);
        _meter.CreateObservableCounter("dns.queries", ReadQueries, "{query}", "Queries answered, by transport, response code and type.");
        _meter.CreateObservableCounter("dns.answers", () => ReadAnswers(zone), "{response}", "Responses, by zone, policy, response code and the region that answered.");
        _meter.CreateObservableGauge("dns.name.queries", ReadNames, "{query}", "Queries answered from the names asked for most: so many for certain since they are counted, maybe more.");
        _meter.CreateObservableCounter("dns.queries.dropped", ReadDropped, "{packet}", "Packets that get no answer: too short, or responses.");
        _meter.CreateObservableCounter("dns.responses.limited", ReadLimited, "{response}", "Responses over their client's limit: dropped, or slipped (sent short).");
        if (signatures is not null)
            _meter.CreateObservableCounter("dns.signatures", () => signatures.Signed, "{signature}", "Signatures made; those that are kept and given again do not count.");
        _meter.CreateObservableGauge("dns.zone.staleness", () => zone.Staleness.TotalSeconds, "s", "How long the zone has been without its feed; 0 while it is connected.");
        _meter.CreateObservableGauge("dns.zone.serial", () => ReadZones(zone, served => served.Serial), description: "The serial being served, by zone.");
        _meter.CreateObservableGauge("dns.zone.names", () => ReadZones(zone, served => served.NameCount), "{name}", "Names in each zone, regional ones aside.");
    }

    /// <summary>Cells for one more thread.</summary>
    public QueryCounters AddCounters()
    {
        var added = new QueryCounters();
        lock (_lock)
            _counters.Add(added);
        return added;
    }

    public void Dispose() => _meter.Dispose();

    private QueryCounters[] All()
    {
        lock (_lock)
            return [.. _counters];
    }

    private IEnumerable<Measurement<long>> ReadQueries() =>
        from cell in All().SelectMany(counter => counter.Read())
        group cell.Count by (cell.Transport, cell.Code, cell.Type) into same
        select new Measurement<long>(
            same.Sum(),
            new KeyValuePair<string, object?>("network.transport", Text(same.Key.Transport)),
            new KeyValuePair<string, object?>("dns.rcode", Wire.ResponseCodeText.ToMnemonic(same.Key.Code)),
            new KeyValuePair<string, object?>("dns.type", same.Key.Type));

    private IEnumerable<Measurement<long>> ReadAnswers(ZoneState state)
    {
        var zones = (state.Current?.All ?? []).ToLookup(zone => zone.Apex.Hash, zone => zone.Apex.ToString());
        var others = All().Sum(counter => counter.Answers.Others);
        var cells =
            from cell in All().SelectMany(counter => counter.Answers.Read())
            group cell.Count by (cell.ZoneHash, cell.Policy, cell.Code, cell.Region) into same
            select new Measurement<long>(
                same.Sum(),
                new KeyValuePair<string, object?>("dns.zone", zones[same.Key.ZoneHash].FirstOrDefault() ?? None),
                new KeyValuePair<string, object?>("dns.policy", same.Key.Policy?.ToString() ?? None),
                new KeyValuePair<string, object?>("dns.rcode", Wire.ResponseCodeText.ToMnemonic(same.Key.Code)),
                new KeyValuePair<string, object?>("dns.region", _places.Numbers.NameOf(same.Key.Region) ?? None));
        return others == 0 ? cells : cells.Append(new Measurement<long>(others, new KeyValuePair<string, object?>("dns.zone", "other")));
    }

    /// <summary>Few enough for a collector to keep, however many names there are.</summary>
    private IEnumerable<Measurement<long>> ReadNames() => All()
        .SelectMany(counter => counter.Names.Read())
        .GroupBy(name => name.Name, name => name.Count)
        .Select(name => (Name: name.Key, Count: name.Sum()))
        .OrderByDescending(name => name.Count)
        .Take(MostNames)
        .Select(name => new Measurement<long>(name.Count, new KeyValuePair<string, object?>("dns.name", name.Name.ToString())));

    private IEnumerable<Measurement<long>> ReadDropped() =>
        Enum.GetValues<Transport>().Select(transport => new Measurement<long>(
            All().Sum(counter => counter.Dropped(transport)),
            new KeyValuePair<string, object?>("network.transport", Text(transport))));

    private static IEnumerable<Measurement<long>> ReadZones(ZoneState state, Func<ZoneSnapshot, long> read) =>
        state.Current?.All.Select(zone => new Measurement<long>(read(zone), new KeyValuePair<string, object?>("dns.zone", zone.Apex.ToString()))) ?? [];

    private IEnumerable<Measurement<long>> ReadLimited() =>
        new[] { (Admission.Drop, "dropped"), (Admission.Slip, "slipped") }.Select(limited => new Measurement<long>(
            All().Sum(counter => counter.Limited(limited.Item1)),
            new KeyValuePair<string, object?>("dns.limit.action", limited.Item2)));

    private static string Text(Transport transport) => transport switch { Transport.Udp => "udp", Transport.Tls => "tls", _ => "tcp" };
}
