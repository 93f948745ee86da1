using System.Globalization;
using Federation.Dns.Answering;
using Federation.Dns.Tests.Support;
using Xunit.Abstractions;

namespace Federation.Dns.Tests.Reference;

/// <summary>
/// The same random queries to Knot DNS and to ours, both with the same zone. Answers are equal, but for the differences listed here with their reasons;
/// one that is not listed fails, and so does one that is listed and does not appear.
/// DNS_DIFFERENTIAL_QUERIES sets how many, DNS_DIFFERENTIAL_SEED which.
/// </summary>
public sealed class DifferentialTests(ITestOutputHelper output)
{
    private const int DefaultCount = 4000;
    private const int DefaultSeed = 1;

    private static readonly string[] Types = ["A", "AAAA", "NS", "CNAME", "SOA", "MX", "TXT", "SRV", "DS", "CAA", "PTR", "ANY", "AXFR", "TYPE65", "TYPE65280", "TYPE250", "TYPE0", "OPT", "TYPE46", "TYPE47"];

    private static readonly Difference[] Explained =
    [
        new("ANY gets the first set here, over any transport (RFC 8482); Knot chooses another, or truncates over UDP", (asked, ours, theirs) =>
            asked.Type == "ANY" && ours.Status == theirs.Status && ours.Answers.Count > 0),
        new("transfers are refused here, inside and outside of zones; Knot calls them not authorised or malformed", (asked, ours, theirs) =>
            asked.Type == "AXFR" && ours.Status == "REFUSED" && theirs.Status is "NOTAUTH" or "FORMERR" or "NOTIMP"),
        new("type 0 is a type without data here; Knot does not implement it", (asked, ours, theirs) =>
            asked.Type == "TYPE0" && theirs.Status == "NOTIMP"),
        new("OPT is no type to ask for and malformed here; Knot looks for data of it", (asked, ours, theirs) =>
            asked.Type == "OPT" && ours.Status == "FORMERR"),
        new("operations other than a query are not implemented here; Knot knows some, and looks at the EDNS version first", (asked, ours, theirs) =>
            asked.Opcode != 0 && ours.Status == "NOTIMP" && theirs.Status is "NOTAUTH" or "REFUSED" or "FORMERR" or "BADVERS"),
        new("a size below 512 counts as 512 (RFC 6891 section 6.2.3); Knot calls the smallest malformed", (asked, ours, theirs) =>
            asked.Edns is { Size: < 12 } && theirs.Status == "FORMERR"),
    ];

    [Fact]
    public async Task Answer_RandomQueries_AreThoseOfTheReference()
    {
        var count = Setting("DNS_DIFFERENTIAL_QUERIES", DefaultCount);
        var seed = Setting("DNS_DIFFERENTIAL_SEED", DefaultSeed);
        var ours = ReferenceZone.Load();
        await using var knot = await KnotServer.ServeAsync(ReferenceZone.Apex, ReferenceZone.Text);
        var owners = ReferenceZone.Text.Split('\n').Where(line => line.Length > 0 && !" ;$".Contains(line[0])).Select(line => line.Split(' ')[0]).Distinct().ToArray();
        var random = new Random(seed);
        var seen = Explained.ToDictionary(difference => difference, _ => 0);
        var equal = 0;
        var unexplained = new List<string>();
        for (var i = 0; i < count; i++)
        {
            var asked = Next(random, owners);
            var packet = TestMessage.Query(asked.Name, asked.Type, asked.Class, (ushort)i, (byte)(asked.Flags | (asked.Opcode << 3)), asked.Edns);
            var (mine, theirs) = (ours.Ask(packet, asked.Transport), knot.Ask(packet, asked.Transport));
            var what = $"seed {seed}, query {i}: {asked}";
            (mine.Id, mine.Question, mine.Opcode, mine.RecursionDesired).ShouldBe((theirs.Id, theirs.Question, theirs.Opcode, theirs.RecursionDesired), what);

            var isReferral = ReferenceZone.IsReferral(theirs) && !theirs.IsAuthoritative;
            var (left, right) = (ReferenceZone.Describe(mine, isReferral), ReferenceZone.Describe(theirs, isReferral));
            if (left.SequenceEqual(right) && mine.Opt is null == theirs.Opt is null)
                equal++;
            else if (Explained.FirstOrDefault(difference => difference.Explains(asked, mine, theirs)) is { } reason)
                seen[reason]++;
            else
                unexplained.Add($"{what}\nours: {mine.Opt} {string.Join(" | ", left)}\ntheirs: {theirs.Opt} {string.Join(" | ", right)}");
        }

        string.Join("\n\n", unexplained.Take(20)).ShouldBeEmpty();
        output.WriteLine($"seed {seed}: {equal} of {count} equal");
        foreach (var (difference, times) in seen)
            output.WriteLine($"{times} times: {difference.Reason}");
        if (seed == DefaultSeed && count >= DefaultCount)
            seen.Where(difference => difference.Value == 0).Select(difference => difference.Key.Reason).ShouldBeEmpty();
    }

    private static int Setting(string name, int otherwise) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;

    private static Asked Next(Random random, string[] owners)
    {
        string Label() => owners[random.Next(owners.Length)].Split('.')[0];
        var name = owners[random.Next(owners.Length)];
        name = random.Next(6) switch
        {
            0 => $"{Label()}.{name}",
            1 => $"{Label()}.{Label()}.{name}",
            2 when name.Contains('.') => name[(name.IndexOf('.') + 1)..],
            3 => string.Concat(name.Select(letter => random.Next(2) == 0 ? char.ToUpperInvariant(letter) : letter)),
            _ => name,
        };
        name = name == "@" ? ReferenceZone.Apex : $"{name.Replace("@", "x", StringComparison.Ordinal)}.{ReferenceZone.Apex}";
        if (random.Next(40) == 0)
            name = random.Next(2) == 0 ? "org" : "www.example.com";
        return new Asked(
            name,
            random.Next(3) == 0 ? Types[random.Next(Types.Length)] : Types[random.Next(7)],
            random.Next(40) == 0 ? "CH" : "IN",
            random.Next(40) == 0 ? random.Next(1, 6) : 0,
            (byte)random.Next(2),
            random.Next(3) == 0 ? null : ((ushort)random.Next(0, 2000), (byte)(random.Next(30) == 0 ? 1 : 0), random.Next(2) == 0),
            random.Next(4) == 0 ? Transport.Tcp : Transport.Udp);
    }

    private sealed record Asked(string Name, string Type, string Class, int Opcode, byte Flags, (ushort Size, byte Version, bool Do)? Edns, Transport Transport);

    private sealed record Difference(string Reason, Func<Asked, Response, Response, bool> Explains);
}
