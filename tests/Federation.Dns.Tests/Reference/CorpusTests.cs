using System.Text;
using Federation.Dns.Answering;
using Federation.Dns.Tests.Support;

namespace Federation.Dns.Tests.Reference;

/// <summary>
/// Queries and whole answers as text, written down from Knot DNS and equal to ours: <c>Corpus/example.org.cases</c>.
/// RENEW_DNS_CORPUS=1 writes the answers of the Knot of this machine anew, into the source; names are added to <see cref="Names"/>.
/// </summary>
public sealed class CorpusTests
{
    private static readonly string[] Types = ["A", "AAAA", "NS", "CNAME", "SOA", "MX", "TXT", "SRV", "DS", "CAA", "PTR", "TYPE65"];

    private static readonly string[] Names =
    [
        "@", "web", "www", "chain", "out", "lost", "plain", "wildalias", "childalias", "circle1", "top", "text", "self",
        "d", "c.d", "b.c.d", "a.b.c.d", "x.c.d", "_tcp", "_sip._tcp", "nope", "nope.web", "WeB", "a\\.b", "a.b", "sp\\032ace", "mixed", "odd", "ptr", "mail", "ns1",
        "wild", "x.wild", "x.y.wild", "*.wild", "is.wild", "x.is.wild", "ent.wild", "x.ent.wild", "b.ent.wild", "x.b.ent.wild",
        "x.alias", "x.aliasout", "x.mixed", "sub.mixed", "x.sub.mixed", "x.double", "x.y.double", "x.y.z.double", "*.double",
        "child", "ns1.child", "host.child", "x.child", "x.y.child", "sibling", "x.sibling", "far", "x.far", "e.f", "deep.e.f", "x.deep.e.f", "ns.deep.e.f", "under.wild", "x.under.wild",
    ];

    [Fact]
    public async Task Answer_EveryCase_IsAsTheReferenceGaveIt()
    {
        if (Environment.GetEnvironmentVariable("RENEW_DNS_CORPUS") == "1")
            await RenewAsync();
        var ours = ReferenceZone.Load();
        var cases = ReadCases(await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "Corpus", "example.org.cases"))).ToList();
        cases.Count.ShouldBeGreaterThanOrEqualTo(200);
        foreach (var (question, expected) in cases)
        {
            var fields = question.Split(' ');
            foreach (var transport in Enum.GetValues<Transport>())
            {
                var response = ours.Ask(TestMessage.Query(fields[0], fields[1], edns: (1232, 0, false)), transport);
                string.Join('\n', ReferenceZone.Describe(response, ReferenceZone.IsReferral(response) && !response.IsAuthoritative)).ShouldBe(expected, $"{question} over {transport}");
            }
        }
    }

    private static IEnumerable<(string Question, string Expected)> ReadCases(string text)
    {
        foreach (var block in text.Split("\n? ").Skip(1))
        {
            var lines = block.Split('\n', StringSplitOptions.RemoveEmptyEntries);
            yield return (lines[0], string.Join('\n', lines[1..]));
        }
    }

    private static async Task RenewAsync()
    {
        await using var knot = await KnotServer.ServeAsync(ReferenceZone.Apex, ReferenceZone.Text);
        var text = new StringBuilder("; What Knot DNS answers about example.org.zone, over TCP: status and flags, then answer (an), authority (au) and, of referrals, additional (ad) records.\n");
        var random = new Random(1);
        foreach (var name in Names)
        {
            // The types that there may be something of, and one more.
            var full = name == "@" ? ReferenceZone.Apex : $"{name}.{ReferenceZone.Apex}";
            foreach (var type in Types.Where(type => type is "A" or "NS" or "TXT" || name == "@" || random.Next(6) == 0))
            {
                var response = knot.Ask(TestMessage.Query(full, type, edns: (1232, 0, false)), Transport.Tcp);
                var lines = ReferenceZone.Describe(response, ReferenceZone.IsReferral(response) && !response.IsAuthoritative);
                text.Append('\n').Append($"? {full} {type}\n").AppendJoin('\n', lines).Append('\n');
            }
        }

        foreach (var folder in (string[])[AppContext.BaseDirectory, Environment.GetEnvironmentVariable("DNS_CORPUS_SOURCE") ?? AppContext.BaseDirectory])
            await File.WriteAllTextAsync(Path.Combine(folder, "Corpus", "example.org.cases"), text.ToString());
    }
}
