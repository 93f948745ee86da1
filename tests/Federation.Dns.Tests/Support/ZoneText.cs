using System.Collections.Immutable;
using System.Net;
using Federation.Dns.Wire;
using Federation.Dns.Zones;

namespace Federation.Dns.Tests.Support;

/// <summary>Reads a zone from zone-file text: <c>owner TTL TYPE data</c>, owners relative to the apex, <c>;</c> for comments. The apex describes itself.</summary>
internal static class ZoneText
{
    public const string Apex = "fed.test.";

    public static ZoneOptions Options => new() { Zone = Apex, NameServerAddresses = { IPAddress.Parse("192.0.2.53"), IPAddress.Parse("2001:db8::53") } };

    /// <param name="text">The records. An owner alone on its line exists without data.</param>
    public static ZoneState Load(string text, long revision = 7)
    {
        var options = Options;
        var editor = new ZoneEditor(new ZoneApex(options));
        var lines = text.Split('\n').Select(line => line.Split(';')[0].Trim()).Where(line => line.Length > 0).ToList();
        foreach (var owner in lines.Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).GroupBy(fields => fields[0]))
        {
            var sets = owner
                .Where(fields => fields.Length > 1)
                .GroupBy(fields => fields[2])
                .Select(type => SetOf(type.Key, uint.Parse(type.First()[1]), [.. type.Select(fields => Data(type.Key, fields[3..]))]))
                .ToList();
            editor.Set(Name(owner.Key), sets);
        }

        var state = new ZoneState(DnsName.Parse(Apex), TimeProvider.System);
        state.Publish(new ServedZones(editor.Commit(revision)));
        return state;
    }

    public static DnsName Name(string relative) => DnsName.Parse(relative).Under(DnsName.Parse(Apex));

    private static RecordSet SetOf(string type, uint ttl, ImmutableArray<RecordData> records) =>
        type is "A" or "AAAA"
            ? new RecordSet(records[0].Type, ttl, records, AnswerOrder.RoundRobin, [])
            : RecordSet.Of(ttl, records);

    private static RecordData Data(string type, string[] fields) => type switch
    {
        "A" or "AAAA" => new AddressData(IPAddress.Parse(fields[0])),
        "CNAME" => new AliasData(DnsName.Parse(fields[0])),
        "NS" => new NameServerData(DnsName.Parse(fields[0])),
        "TXT" => new TextData([.. fields.Select(field => field.Trim('"'))]),
        "SRV" => new ServiceData(ushort.Parse(fields[0]), ushort.Parse(fields[1]), ushort.Parse(fields[2]), DnsName.Parse(fields[3])),
        _ => throw new FormatException($"No record type {type} in test zones."),
    };
}
