using Federation.Api.Meta;
using Federation.Api.Zones;
using Federation.Api.Zones.Files;

namespace Federation.Api.Tests.Zones;

public sealed class ZoneFileTests
{
    [Fact]
    public void Read_EverythingAFileCanHave_IsRead()
    {
        var file = ZoneFile.Read(
            """
            ; a comment
            $TTL 1h
            @       IN SOA ns1 admin\.dns ( 2024010101 ; serial
                        2h 30m
                        2w  ; expire
                        300 )
                    NS  ns1                 ; the owner of the line before
            WWW 60  IN  A    192.0.2.1
            www IN  60  A    192.0.2.2
            v6          AAAA 2001:DB8:0::1
            $ORIGIN sub.example.org.
            @           MX   10 mail.example.net.
            a\.b        TXT  "semi; colon" plain "a \"quoted\" \\ \255 é"
            \097        CNAME www
            $ORIGIN deeper
            x           SRV  0 5 443 @
            y           CAA  0 issue "ca.example.net; policy=ev"
            $TTL 5
            z           TYPE65 \# 4 0001 ABcd
            child       NS   ns.other.
            child       DS   1 13 2 ab CD
            """,
            "example.org.",
            300);
        file.Errors.ShouldBeEmpty();
        file.Records.Select(record => $"{record.Line} {record.Owner} {record.Ttl} {record.Type} {string.Join('|', record.Data)}").ShouldBe(
        [
            @"3 example.org. 3600 SOA ns1.example.org.|admin\.dns.example.org.|2024010101|7200|1800|1209600|300",
            "7 example.org. 3600 NS ns1.example.org.",
            "8 www.example.org. 60 A 192.0.2.1",
            "9 www.example.org. 60 A 192.0.2.2",
            "10 v6.example.org. 3600 AAAA 2001:db8::1",
            "12 sub.example.org. 3600 MX 10|mail.example.net.",
            "13 a\\.b.sub.example.org. 3600 TXT semi; colon|plain|a \"quoted\" \\ \u00ff \u00c3\u00a9",
            "14 a.sub.example.org. 3600 CNAME www.sub.example.org.",
            "16 x.deeper.sub.example.org. 3600 SRV 0|5|443|deeper.sub.example.org.",
            "17 y.deeper.sub.example.org. 3600 CAA 0|issue|ca.example.net; policy=ev",
            "19 z.deeper.sub.example.org. 5 TYPE65 0001ABCD",
            "20 child.deeper.sub.example.org. 5 NS ns.other.",
            "21 child.deeper.sub.example.org. 5 DS 1|13|2|ABCD",
        ]);
    }

    [Theory]
    [InlineData("www A 1.2.3", "line 1: field 3: \"1.2.3\" is not an IPv4 address such as 192.0.2.1")]
    [InlineData("www A 192.0.2.1 x", "line 1: field 4: \"x\" is more than A takes")]
    [InlineData("www A", "line 1: field 3: A needs an IPv4 address such as 192.0.2.1 here")]
    [InlineData("www 60 IN AAAA 192.0.2.1", "line 1: field 5: \"192.0.2.1\" is not an IPv6 address such as 2001:db8::1")]
    [InlineData("\n\nwww MX ten mail", "line 3: field 3: \"ten\" is not a number from 0 to 65535")]
    [InlineData("www MX 65536 mail", "line 1: field 3: \"65536\" is not a number from 0 to 65535")]
    [InlineData("www CAA 0 is-sue \"x\"", "line 1: field 4: \"is-sue\" is not a tag of 1 to 15 letters and digits")]
    [InlineData("www WKS x", "line 1: field 2: \"WKS\" is no record type that can be served; others can be written as TYPE65 \\# LENGTH BYTES")]
    [InlineData("www TYPE1 \\# 4 C0000201", "line 1: field 2: TYPE1 cannot be written as bytes: it has a syntax of its own, or a meaning that is not served")]
    [InlineData("www TYPE47 \\# 0", "line 1: field 2: TYPE47 cannot be written as bytes: it has a syntax of its own, or a meaning that is not served")]
    [InlineData("www TYPE65 \\# 3 0001", "line 1: field 5: TYPE65 needs \\#, a length and as many bytes in hexadecimal digits")]
    [InlineData("www CH TXT x", "line 1: field 2: \"CH\" is no record type that can be served; others can be written as TYPE65 \\# LENGTH BYTES")]
    [InlineData("www 60", "line 1: the record has no type")]
    [InlineData("  A 192.0.2.1", "line 1: there is no owner before this line that it could be of")]
    [InlineData("a..b A 192.0.2.1", "line 1: field 1: the owner \"a..b\" has an empty label")]
    [InlineData("www CNAME .x", "line 1: field 3: the name \".x\" has an empty label")]
    [InlineData("w\\3 A 192.0.2.1", "line 1: field 1: the owner \"w\\3\" has a character or an escape that names cannot have")]
    [InlineData("www TXT \"open", "line 1: a quote is not closed on its line")]
    [InlineData("www TXT ( a\nb", "line 1: a parenthesis is not closed")]
    [InlineData("www TXT a )", "line 1: a parenthesis closes that none opened")]
    [InlineData("$INCLUDE other", "line 1: $INCLUDE is not supported; $ORIGIN and $TTL are")]
    [InlineData("$TTL soon", "line 1: field 2: \"soon\" is no time such as 300 or 1h30m")]
    [InlineData("$ORIGIN", "line 1: $ORIGIN takes one value, not 0")]
    [InlineData("www.example.com. A 192.0.2.1", "line 1: www.example.com. is outside the zone example.org.")]
    [InlineData("xexample.org. A 192.0.2.1", "line 1: xexample.org. is outside the zone example.org.")]
    [InlineData("www SOA a b 1 2 3 4 5", "line 1: an SOA is only at the top of the zone, example.org.")]
    [InlineData("@ SOA a b 1 2 3 4 5\n@ SOA a b 1 2 3 4 6", "line 2: a zone has one SOA")]
    [InlineData("@ CNAME x", "line 1: the top of a zone cannot be an alias: it has an SOA and NS of its own")]
    [InlineData("www CNAME x\nwww A 192.0.2.1", "line 1: www.example.org. is an alias and has no other records, but line 2 gives it A")]
    [InlineData("www CNAME x\nwww CNAME y", "line 2: www.example.org. is an alias of x.example.org. already (line 1)")]
    [InlineData("*.w NS x", "line 1: a wildcard cannot delegate")]
    [InlineData("@ DS 1 2 3 AA", "line 1: a DS belongs to the parent zone, at the name of the child")]
    [InlineData("x DS 1 2 3 AA", "line 1: a DS needs an NS beside it: x.example.org. is not delegated")]
    public void Read_Mistake_IsNamedWithItsLineAndField(string text, string error) =>
        ZoneFile.Read(text, "example.org.", 300).Errors.Select(found => found.ToString()).ShouldBe([error]);

    [Fact]
    public void Read_LongNamesAndTexts_AreMeasuredInBytes()
    {
        ZoneFile.Read($"{new string('a', 63)} A 192.0.2.1", "example.org.", 1).Errors.ShouldBeEmpty();
        ZoneFile.Read($"{new string('a', 64)} A 192.0.2.1", "example.org.", 1).Errors.ShouldHaveSingleItem().Message.ShouldContain("more than 63");

        // 3 labels of 64 bytes, one of 50 + 1, example.org. with 13 and the root are 256 bytes; one less is the most.
        string Name(int last) => string.Join('.', Enumerable.Repeat(new string('a', 63), 3)) + "." + new string('b', last);
        ZoneFile.Read($"{Name(49)} A 192.0.2.1", "example.org.", 1).Errors.ShouldBeEmpty();
        ZoneFile.Read($"{Name(50)} A 192.0.2.1", "example.org.", 1).Errors.ShouldHaveSingleItem().Message.ShouldContain("longer than 255");
        ZoneFile.Read($"x TXT {new string('\\', 0)}{string.Concat(Enumerable.Repeat("\\200", 255))}", "example.org.", 1).Errors.ShouldBeEmpty();
        ZoneFile.Read($"x TXT {string.Concat(Enumerable.Repeat("é", 128))}", "example.org.", 1).Errors.ShouldHaveSingleItem().Message.ShouldContain("at most 255 bytes");
    }

    [Fact]
    public void Read_RandomText_NeverThrows()
    {
        var random = new Random(5);
        const string letters = "aA.\\\"();$@ \t\n*#0123\u00e9";
        string[] words = ["$ORIGIN", "$TTL", "IN", "A", "TXT", "SOA", "MX", "TYPE65", "\\#", "192.0.2.1", "example.org.", "@"];
        for (var round = 0; round < 20_000; round++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(20)).Select(_ => random.Next(3) == 0 ? words[random.Next(words.Length)] + " " : letters[random.Next(letters.Length)].ToString()));
            var file = ZoneFile.Read(text, "example.org.", 300);
            file.Records.ShouldAllBe(record => record.Owner.EndsWith('.'), text);
        }
    }

    [Theory]
    [InlineData("example.org", null, "x A 192.0.2.1", null)]
    [InlineData("any-name", "2.0.192.in-addr.arpa.", "1 PTR a.b.", null)]
    [InlineData("any-name", "a..b", "", "spec.zone: Invalid value: \"a..b\": has an empty label")]
    [InlineData("any-name", ".", "", "spec.zone: Invalid value: \".\": must not be the root")]
    [InlineData("example.org", null, "x A 1", "spec.records: Invalid value: \"1\": line 1: field 3: \"1\" is not an IPv4 address such as 192.0.2.1")]
    public void Validate_Zone_NamesTheFieldAndTheLine(string name, string? zone, string records, string? error)
    {
        var resource = new Zone { Metadata = new ObjectMeta { Name = name }, Spec = new ZoneSpec { Zone = zone, Records = records } };
        var errors = Kinds.Zone.Validate(Kinds.Zone.Default(resource)).Select(found => $"{found.Field}: {found.Message}").ToList();
        if (error is null)
            errors.ShouldBeEmpty();
        else
            errors.ShouldBe([error]);
    }

    [Theory]
    [InlineData("www", "shop", null)]
    [InlineData("*", "shop", null)]
    [InlineData("*.apps", "shop", null)]
    [InlineData("a.b", "shop", null)]
    [InlineData("@", "shop", null)]
    [InlineData("@.a", "shop", "spec.hosts[1].name: Invalid value: \"@.a\": ")]
    [InlineData("", "shop", "spec.hosts[1].name: Required value")]
    [InlineData("taken", "shop", "spec.hosts[1].name: Duplicate value: \"taken\"")]
    [InlineData("Www", "shop", "spec.hosts[1].name: Invalid value: \"Www\": must be lowercase RFC 1123 labels of at most 63 characters split by dots, of which the first may be '*'")]
    [InlineData("a.*", "shop", "spec.hosts[1].name: Invalid value: \"a.*\": must be lowercase RFC 1123 labels of at most 63 characters split by dots, of which the first may be '*'")]
    [InlineData("www.", "shop", "spec.hosts[1].name: Invalid value: \"www.\": must be lowercase RFC 1123 labels of at most 63 characters split by dots, of which the first may be '*'")]
    [InlineData("www", "", "spec.hosts[1].namespace: Required value")]
    [InlineData("www", "a.b", "spec.hosts[1].namespace: Invalid value: \"a.b\": ")]
    public void Validate_Hosts_NamesTheField(string name, string @namespace, string? error)
    {
        var resource = new Zone { Metadata = new ObjectMeta { Name = "example.org" }, Spec = new ZoneSpec { Hosts = [new ZoneHost { Name = "taken", Namespace = "press" }, new ZoneHost { Name = name, Namespace = @namespace }] } };
        var errors = Kinds.Zone.Validate(Kinds.Zone.Default(resource)).Select(found => $"{found.Field}: {found.Message}").ToList();
        if (error is null)
            errors.ShouldBeEmpty();
        else
            errors.ShouldHaveSingleItem().ShouldStartWith(error);
    }

    [Theory]
    [InlineData("www", "shop")]
    [InlineData("a.apps", "web")]
    [InlineData("*.apps", "web")]
    [InlineData("one.apps", "one")]
    [InlineData("apps", "rest")]
    [InlineData("myapps", "rest")]
    [InlineData("@", "top")]
    public void NamespaceFor_SeveralEntries_TheFirstThatFits(string relative, string @namespace) =>
        new ZoneSpec { Hosts = [Host("www", "shop"), Host("one.apps", "one"), Host("*.apps", "web"), Host("*", "rest"), Host("@", "top")] }.NamespaceFor(relative).ShouldBe(@namespace);

    private static ZoneHost Host(string name, string @namespace) => new() { Name = name, Namespace = @namespace };
}
