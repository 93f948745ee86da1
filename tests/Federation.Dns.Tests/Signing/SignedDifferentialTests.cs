using Federation.Dns.Answering;
using Federation.Dns.Tests.Reference;
using Federation.Dns.Tests.Support;
using Xunit.Abstractions;

namespace Federation.Dns.Tests.Signing;

/// <summary>
/// The same random queries with the DO bit to Knot DNS, which signs the same zone on line, too. Answers have the same records and signatures over the same sets with
/// the same labels, but for the differences listed here; one that is not listed fails, and so does one that is listed and does not appear.
/// </summary>
public sealed class SignedDifferentialTests(ITestOutputHelper output)
{
    private const int Count = 1_500;
    private const int Seed = 1;

    private static readonly string[] Types = ["A", "AAAA", "NS", "CNAME", "SOA", "MX", "TXT", "SRV", "DS", "CAA", "PTR", "TYPE65", "DNSKEY"];

    private static readonly (string Reason, Func<Response, Response, bool> Explains)[] Explained =
    [
        ("a delegation's DS goes along here (RFC 4035 section 3.1.4); Knot says in an NSEC record that there is one", (ours, theirs) =>
            !ours.IsAuthoritative && ours.Authorities.Any(record => TypeOf(record) == "DS") && theirs.Authorities.Any(record => TypeOf(record) == "NSEC" && record.Contains(" DS ", StringComparison.Ordinal))),
        ("of a delegation the cut is what is denied a DS here; Knot, whose manual says that it does not sign delegations right, denies names below it, or signs the servers", (ours, theirs) =>
            IsReferral(ours) && theirs.Authorities.Any(record => record.Contains(" RRSIG NS ", StringComparison.Ordinal) || (TypeOf(record) == "NSEC" && record.Split(' ')[0] != CutOf(ours)))),
        ("an alias of the top leads to the zone's keys here; Knot gives them the alias's name", (_, theirs) =>
            theirs.Answers.Any(record => TypeOf(record) == "TYPE48" && record.Split(' ')[0] != ReferenceZone.Apex + ".")),
    ];

    [Fact]
    public async Task Answer_RandomQueries_AreSignedAsTheReferenceSignsThem()
    {
        var ours = ReferenceZone.Load(signing: TestKeys.Sign(TestKeys.Make(ReferenceZone.Apex)));
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, ReferenceZone.Text);
        await using var knot = await KnotServer.StartAsync($"zone:\n  - domain: {ReferenceZone.Apex}\n    file: {file}\n    module: mod-onlinesign\n", ReferenceZone.Apex);
        File.Delete(file);
        var owners = ReferenceZone.Text.Split('\n').Where(line => line.Length > 0 && !" ;$".Contains(line[0])).Select(line => line.Split(' ')[0]).Distinct().ToArray();
        var random = new Random(Seed);
        var seen = new int[Explained.Length];
        var unexplained = new List<string>();
        for (var i = 0; i < Count; i++)
        {
            var owner = owners[random.Next(owners.Length)];
            var name = random.Next(4) switch { 0 => $"x.{owner}", 1 when owner.Contains('.') => owner[(owner.IndexOf('.') + 1)..], _ => owner };
            name = name == "@" ? ReferenceZone.Apex : $"{name.Replace("@", "y", StringComparison.Ordinal)}.{ReferenceZone.Apex}";
            var type = Types[random.Next(Types.Length)];
            var query = TestKeys.Query(name, type);
            var (mine, theirs) = (ours.Ask(query, Transport.Tcp), knot.Ask(query, Transport.Tcp));
            var (left, right) = (Describe(mine), Describe(theirs));
            if (left.SequenceEqual(right))
                continue;
            var reason = Array.FindIndex(Explained, difference => difference.Explains(mine, theirs));
            if (reason >= 0)
                seen[reason]++;
            else
                unexplained.Add($"seed {Seed}, {name} {type}\nours: {string.Join(" | ", left)}\ntheirs: {string.Join(" | ", right)}");
        }

        output.WriteLine($"seed {Seed}: {Count - seen.Sum() - unexplained.Count} of {Count} equal; {string.Join("; ", Explained.Zip(seen, (difference, times) => $"{times} times: {difference.Reason}"))}");
        string.Join("\n\n", unexplained.Take(10)).ShouldBeEmpty();
        Explained.Where((_, index) => seen[index] == 0).Select(difference => difference.Reason).ShouldBeEmpty();
    }

    private static bool IsReferral(Response response) => response.Authorities.Any(record => TypeOf(record) == "NS");

    private static string CutOf(Response referral) => referral.Authorities.First(record => TypeOf(record) == "NS").Split(' ')[0];

    private static string TypeOf(string record) => record.Split(' ')[2];

    /// <summary>Status, records, and of signatures what they cover: keys, times and numbers are each server's own, and so are the types that an NSEC record lists
    /// (Knot's lists more than there are, and does not tell a name that does not exist).</summary>
    private static List<string> Describe(Response response) =>
    [
        response.Status + (response.IsAuthoritative ? " aa" : "") + (response.IsTruncated ? " tc" : ""),
        .. response.Answers.Select(record => "an " + Shorten(record)).Order(StringComparer.Ordinal),
        .. response.Authorities.Select(record => "au " + Shorten(record)).Order(StringComparer.Ordinal),
    ];

    private static string Shorten(string record)
    {
        var fields = record.Split(' ');
        return fields[2] switch
        {
            "RRSIG" => $"{fields[0].ToLowerInvariant()} RRSIG {fields[3]} {fields[4]} {fields[5]}",
            "NSEC" => $"{fields[0].ToLowerInvariant()} {fields[1]} NSEC {fields[3]}",
            "TYPE48" => $"{fields[0]} {fields[1]} DNSKEY",
            "TXT" => fields[0].ToLowerInvariant() + record[fields[0].Length..],
            _ => record.ToLowerInvariant(),
        };
    }
}
