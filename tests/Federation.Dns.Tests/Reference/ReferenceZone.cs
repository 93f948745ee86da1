using Federation.Api.Meta;
using Federation.Api.Zones;
using Federation.Dns.Answering.Limiting;
using Federation.Dns.Signing;
using Federation.Dns.Tests.Support;
using Federation.Dns.Wire;
using Federation.Dns.Zones;

namespace Federation.Dns.Tests.Reference;

/// <summary>The zone of <c>Corpus/example.org.zone</c>, and how answers about it are written down and compared.</summary>
internal static class ReferenceZone
{
    public const string Apex = "example.org";

    public static string Text { get; } = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Corpus", "example.org.zone"));

    /// <summary>Ours, with serial 1 as in the file.</summary>
    public static Asker Load(RateLimiter? limiter = null, SigningState? signing = null) => new(State(), limiter: limiter, signing: signing);

    public static ZoneState State()
    {
        var zone = Api.Kinds.Zone.Default(new Zone { Metadata = new ObjectMeta { Name = Apex }, Spec = new ZoneSpec { Records = Text } });
        Api.Kinds.Zone.Validate(zone).ShouldBeEmpty();
        var state = new ZoneState(DnsName.Parse(ZoneText.Apex), TimeProvider.System);
        state.Publish(new ZoneBuilder(ZoneText.Options).Apply(new ZoneBatch([new ZoneChange.Listed([], [], [(Zone)zone])], 1)));
        return state;
    }

    /// <summary>Status and flags, then the records by section; records of a set in any order, names without regard to case.</summary>
    /// <param name="response">What came.</param>
    /// <param name="withAdditionals">Whether addresses that go along count: those of a referral do, for without them it leads nowhere.</param>
    public static List<string> Describe(Response response, bool withAdditionals) =>
    [
        response.Status + (response.IsAuthoritative ? " aa" : "") + (response.IsTruncated ? " tc" : ""),
        .. Sorted("an", response.Answers),
        .. Sorted("au", response.Authorities),
        .. withAdditionals ? Sorted("ad", response.Additionals) : [],
    ];

    public static bool IsReferral(Response response) => response.Authorities.Any(record => record.Contains(" NS ", StringComparison.Ordinal));

    private static IEnumerable<string> Sorted(string section, IEnumerable<string> records) =>
        records.Select(record => $"{section} {LowerOwner(record)}").Order(StringComparer.Ordinal);

    private static string LowerOwner(string record)
    {
        var end = record.IndexOf(' ', StringComparison.Ordinal);
        var isText = record.Contains(" TXT ", StringComparison.Ordinal);
        return isText ? record[..end].ToLowerInvariant() + record[end..] : record.ToLowerInvariant().Replace(" a ", " A ", StringComparison.Ordinal);
    }
}
