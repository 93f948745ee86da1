using Federation.Dns.Answering;
using Federation.Dns.Places;
using Federation.Dns.Signing;
using Federation.Dns.Signing.Keys;
using Federation.Dns.Tests.Answering;
using Federation.Dns.Tests.Reference;
using Federation.Dns.Tests.Support;
using Federation.Dns.Wire;
using Federation.Dns.Zones;
using Federation.TestKit.Time;

namespace Federation.Dns.Tests.Signing;

/// <summary>What a signed zone says; whether the signatures are good, real validators say.</summary>
public sealed class SignedAnswerTests
{
    private const string Zone = "example.org";

    private readonly ManualTimeProvider _time = new();
    private readonly SigningCaches _caches = new(1 << 10);
    private readonly ZoneKey _key = TestKeys.Make(Zone, new KeyTimes { Publish = DateTimeOffset.MinValue, Activate = DateTimeOffset.MinValue, SyncPublish = DateTimeOffset.MinValue });
    private readonly Asker _server;

    public SignedAnswerTests() => _server = ReferenceZone.Load(signing: TestKeys.Sign(_time, _caches, _key));

    [Theory]
    [InlineData("web.example.org AAAA", "NOERROR aa|an web.example.org. 300 AAAA 2001:db8::80|an web.example.org. 300 RRSIG AAAA 13 3 300")]
    [InlineData("WEB.Example.org AAAA", "NOERROR aa|an web.example.org. 300 AAAA 2001:db8::80|an web.example.org. 300 RRSIG AAAA 13 3 300")]
    [InlineData("www.example.org AAAA", "NOERROR aa|an web.example.org. 300 AAAA 2001:db8::80|an web.example.org. 300 RRSIG AAAA 13 3 300|an www.example.org. 3600 CNAME web.example.org.|an www.example.org. 3600 RRSIG CNAME 13 3 3600")]
    [InlineData("x.wild.example.org A", "NOERROR aa|an x.wild.example.org. 3600 A 192.0.2.90|an x.wild.example.org. 3600 RRSIG A 13 4 3600")] // as its own, not the wildcard's
    [InlineData("*.wild.example.org A", "NOERROR aa|an *.wild.example.org. 3600 A 192.0.2.90|an *.wild.example.org. 3600 RRSIG A 13 3 3600")]
    [InlineData("x.wild.example.org MX", "NOERROR aa|au SOA|au x.wild.example.org. 60 NSEC \\000.x.wild.example.org. A TXT RRSIG NSEC|au x.wild.example.org. 60 RRSIG NSEC 13 4 60")]
    [InlineData("web.example.org MX", "NOERROR aa|au SOA|au web.example.org. 60 NSEC \\000.web.example.org. A AAAA RRSIG NSEC|au web.example.org. 60 RRSIG NSEC 13 3 60")]
    [InlineData("b.c.d.example.org A", "NOERROR aa|au SOA|au b.c.d.example.org. 60 NSEC \\000.b.c.d.example.org. RRSIG NSEC|au b.c.d.example.org. 60 RRSIG NSEC 13 5 60")] // an empty non-terminal
    [InlineData("nope.example.org A", "NOERROR aa|au SOA|au nope.example.org. 60 NSEC \\000.nope.example.org. RRSIG NSEC TYPE128|au nope.example.org. 60 RRSIG NSEC 13 3 60")]
    [InlineData("lost.example.org A", "NOERROR aa|an lost.example.org. 3600 CNAME nowhere.at.all.example.org.|an lost.example.org. 3600 RRSIG CNAME 13 3 3600|au SOA|au nowhere.at.all.example.org. 60 NSEC \\000.nowhere.at.all.example.org. RRSIG NSEC TYPE128|au nowhere.at.all.example.org. 60 RRSIG NSEC 13 5 60")]
    [InlineData("example.org MX", "NOERROR aa|an example.org. 3600 MX 10 mail.example.org.|an example.org. 3600 MX 20 mail.example.net.|an example.org. 3600 RRSIG MX 13 2 3600")]
    [InlineData("example.org PTR", "NOERROR aa|au SOA|au example.org. 60 NSEC \\000.example.org. NS SOA MX TXT RRSIG NSEC DNSKEY CDS CDNSKEY CAA|au example.org. 60 RRSIG NSEC 13 2 60")]
    [InlineData("web.example.org NSEC", "NOERROR aa|an web.example.org. 60 NSEC \\000.web.example.org. A AAAA RRSIG NSEC|an web.example.org. 60 RRSIG NSEC 13 3 60")]
    [InlineData("x.sibling.example.org A", "NOERROR|au sibling.example.org. 3600 NS ns1.child.example.org.|au sibling.example.org. 60 NSEC \\000.sibling.example.org. NS RRSIG NSEC|au sibling.example.org. 60 RRSIG NSEC 13 3 60")]
    [InlineData("sibling.example.org DS", "NOERROR aa|au SOA|au sibling.example.org. 60 NSEC \\000.sibling.example.org. NS RRSIG NSEC|au sibling.example.org. 60 RRSIG NSEC 13 3 60")]
    [InlineData("child.example.org DS", "NOERROR aa|an child.example.org. 3600 DS 12345 13 2 0102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F20|an child.example.org. 3600 RRSIG DS 13 3 3600")]
    [InlineData("x.child.example.org A", "NOERROR|au child.example.org. 3600 DS 12345 13 2 0102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F20|au child.example.org. 3600 NS ns1.child.example.org.|au child.example.org. 3600 NS ns2.child.example.org.|au child.example.org. 3600 RRSIG DS 13 3 3600")]
    [InlineData("www.example.com A", "REFUSED")]
    [InlineData("web.example.org TYPE128", "FORMERR")] // never asked for (RFC 9824 section 3.5)
    public void Answer_SignedZoneAndDo_CarriesItsProof(string question, string expected)
    {
        var fields = question.Split(' ');
        foreach (var transport in Enum.GetValues<Transport>())
            string.Join('|', Lines(_server.Ask(TestKeys.Query(fields[0], fields[1]), transport))).ShouldBe(expected, $"{question} over {transport}");
    }

    [Fact]
    public void Answer_WithoutDo_IsAsUnsigned()
    {
        var plain = ReferenceZone.Load();
        foreach (var name in (string[])["web", "nope", "x.wild", "sibling", "child", "www", "b.c.d"])
            Lines(_server.Ask(TestMessage.Query($"{name}.{Zone}", "AAAA", edns: (1232, 0, false)))).ShouldBe(Lines(plain.Ask(TestMessage.Query($"{name}.{Zone}", "AAAA", edns: (1232, 0, false)))));
        _server.Ask($"nope.{Zone}", "A").Status.ShouldBe("NXDOMAIN");
        _caches.Signed.ShouldBe(0);
    }

    [Fact]
    public void Answer_KeysAtTheTop_AreGivenWithAndWithoutSignatures()
    {
        var key = $"\\# 68 {Convert.ToHexString(_key.Record())}";
        _server.Ask(Zone, "CDNSKEY").Answers.ShouldBe([$"example.org. 3600 TYPE60 {key}".Replace("TYPE60", TypeOf(60), StringComparison.Ordinal)]);
        var signed = _server.Ask(TestKeys.Query(Zone, "DNSKEY"));
        signed.Answers.ShouldBe([$"example.org. 3600 {TypeOf(48)} {key}", $"example.org. 3600 RRSIG DNSKEY 13 2 3600 {_key.Tag} example.org."]);
        _server.Ask(Zone, "CDS").Answers.ShouldHaveSingleItem().ShouldContain(_key.Signer().Digest);
        _server.Ask($"web.{Zone}", "DNSKEY").Answers.ShouldBeEmpty();
        ReferenceZone.Load().Ask(Zone, "DNSKEY").Answers.ShouldBeEmpty();

        static string TypeOf(int number) => $"TYPE{number}";
    }

    [Fact]
    public void Explain_KeysAtTheTop_AreExplainedAsTheyAreAnswered()
    {
        var (state, signing) = (ReferenceZone.State(), TestKeys.Sign(_key));
        Explainer.Explain(DnsName.Parse(Zone), RecordType.Dnskey, state, new PlaceState(), null, signing.Current).Records.ShouldHaveSingleItem().Data.ShouldContain(Convert.ToHexString(_key.Record()));
        Explainer.Explain(DnsName.Parse(Zone), RecordType.Dnskey, state, new PlaceState(), null).Records.ShouldBeEmpty();
    }

    [Fact]
    public void Answer_CompactOk_SaysInTheCodeThatThereIsNoSuchName()
    {
        var response = _server.Ask(TestKeys.Query($"nope.{Zone}", "A", compactOk: true));
        response.Status.ShouldBe("NXDOMAIN");
        response.Opt!.Value.Flags.ShouldBe(0xC000);
        response.Authorities.Count.ShouldBe(4);
        _server.Ask(TestKeys.Query($"b.c.d.{Zone}", "A", compactOk: true)).Status.ShouldBe("NOERROR");
        _server.Ask(TestMessage.Query($"nope.{Zone}", "A", edns: (1232, 0, false))).Status.ShouldBe("NXDOMAIN");
    }

    [Fact]
    public void Answer_SignaturesDoNotFit_IsTruncatedWithoutHalfAProof()
    {
        foreach (var (name, type) in (ReadOnlySpan<(string, string)>)[("nowhere.at.all.and.even.longer.than.that.so.that.it.does.not.fit.into.the.least.size", "A"), ("big", "TXT"), ("biggest", "TXT")])
        {
            var response = _server.Ask(TestKeys.Query($"{name}.{Zone}", type, 512));
            response.IsTruncated.ShouldBeTrue(name);
            (response.Answers.Count + response.Authorities.Count).ShouldBe(0, name);
            var whole = _server.Ask(TestKeys.Query($"{name}.{Zone}", type, 512), Transport.Tcp);
            whole.IsTruncated.ShouldBeFalse(name);
            whole.Answers.Concat(whole.Authorities).ShouldContain(record => record.Contains(" RRSIG ", StringComparison.Ordinal), name);
        }
    }

    [Fact]
    public void Answer_CheckingDisabledAndAd_GoBackAsTheyMust()
    {
        var query = TestKeys.Query($"web.{Zone}", "A");
        query[3] |= 0x30; // AD and CD
        _server.Ask(query).Flags2.ShouldBe(0x10);
    }

    [Fact]
    public void Answer_AskedAgain_IsSignedOnce()
    {
        string Ask(string name) => string.Join('|', _server.Ask(TestKeys.Query($"{name}.{Zone}", "A")).Answers);
        Ask("web");
        _caches.Signed.ShouldBe(1);
        for (var i = 0; i < 20; i++)
            Ask("web"); // addresses in turn: one set, one signature
        _caches.Signed.ShouldBe(1);
        Ask("nope");
        Ask("nope");
        _caches.Signed.ShouldBe(3); // the SOA's and the NSEC's
        Ask("nope2");
        _caches.Signed.ShouldBe(4);
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(41, 0)] // good for at least a day longer
    [InlineData(49, 1)] // 3 days less the jitter of 6 h and the day in reserve
    [InlineData(-0.5, 0)]
    [InlineData(-2, 1)] // the clock was set back behind the signature's beginning
    public void Answer_TimePassesOrJumps_IsSignedAnewWhenItMustBe(double hours, int more)
    {
        _server.Ask(TestKeys.Query($"web.{Zone}", "AAAA"));
        _time.Jump(TimeSpan.FromHours(hours));
        _server.Ask(TestKeys.Query($"web.{Zone}", "AAAA"));
        _caches.Signed.ShouldBe(1 + more);
    }

    [Fact]
    public void Answer_FloodOfNamesThatDoNotExist_KeepsTheZonesSignaturesAndItsBound()
    {
        // The flood is many times as large as the place for the zone's own names.
        var caches = new SigningCaches(64);
        var server = ReferenceZone.Load(signing: TestKeys.Sign(_time, caches, _key));
        server.Ask(TestKeys.Query($"web.{Zone}", "AAAA"));
        for (var i = 0; i < 1_000; i++)
            server.Ask(TestKeys.Query($"x{i}.{(i % 2 == 0 ? "wild." : "")}{Zone}", "A"));
        caches.MadeUp.Count.ShouldBe(16);
        caches.Known.Count.ShouldBe(2); // and the SOA's
        var signed = caches.Signed;
        server.Ask(TestKeys.Query($"web.{Zone}", "AAAA"));
        caches.Signed.ShouldBe(signed);
    }

    [Fact]
    public void Answer_ZoneChanges_OnlyWhatChangedIsSignedAnew()
    {
        var editor = new ZoneEditor(new ZoneApex(ZoneText.Options));
        var state = new ZoneState(DnsName.Parse(ZoneText.Apex), _time);
        editor.Set(ZoneText.Name("a"), [RecordSet.Of(5, new TextData(["1"]))]);
        editor.Set(ZoneText.Name("b"), [RecordSet.Of(5, new TextData(["1"]))]);
        state.Publish(new ServedZones(editor.Commit(1)));
        var asker = new Asker(state, signing: TestKeys.Sign(_time, _caches, TestKeys.Make(ZoneText.Apex)));
        asker.Ask(TestKeys.Query("a.fed.test", "TXT"));
        asker.Ask(TestKeys.Query("b.fed.test", "TXT"));
        _caches.Signed.ShouldBe(2);
        editor.Set(ZoneText.Name("b"), [RecordSet.Of(5, new TextData(["2"]))]);
        state.Publish(new ServedZones(editor.Commit(2)));
        asker.Ask(TestKeys.Query("a.fed.test", "TXT"));
        asker.Ask(TestKeys.Query("b.fed.test", "TXT"));
        _caches.Signed.ShouldBe(3);
    }

    [Fact]
    public void Answer_SignedBefore_AllocatesNothing()
    {
        var buffer = new byte[1232];
        var arrival = new Arrival(Transport.Udp, ClientAddress.From(_server.Client));
        byte[][] queries =
        [
            .. from name in (string[])["web", "www", "x.wild", "nope", "sibling", "x.child", "b.c.d"]
               from wants in (bool[])[true, false]
               select TestMessage.Query($"{name}.{Zone}", "A", edns: (1232, 0, wants)),
            TestMessage.Query($"web.{Zone}", "A"),
            TestKeys.Query(Zone, "DNSKEY"),
        ];

        long Run(int rounds)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < rounds; i++)
            {
                foreach (var query in queries)
                    _server.Responder.Answer(query, buffer, arrival, _server.Counters).ShouldNotBeZero();
            }

            return GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Run(100);
        Run(5_000).ShouldBe(0);
    }

    /// <summary>As the reference's tests write answers down, but for what is different every time: signatures' keys, and the SOA.</summary>
    private static List<string> Lines(Response response) =>
    [
        response.Status + (response.IsAuthoritative ? " aa" : "") + (response.IsTruncated ? " tc" : ""),
        .. response.Answers.Select(record => "an " + Shorten(record)).Order(StringComparer.Ordinal),
        .. response.Authorities.Select(record => "au " + Shorten(record)).Where(record => !record.Contains(" RRSIG SOA ", StringComparison.Ordinal))
            .Select(record => record.Contains(" SOA ns1", StringComparison.Ordinal) ? "au SOA" : record)
            .OrderBy(record => record == "au SOA" ? "" : record, StringComparer.Ordinal),
    ];

    private static string Shorten(string record)
    {
        var lower = record[..record.IndexOf(' ', StringComparison.Ordinal)].ToLowerInvariant() + record[record.IndexOf(' ', StringComparison.Ordinal)..];
        return lower.Split(' ')[2] == "RRSIG" ? string.Join(' ', lower.Split(' ')[..7]) : lower;
    }
}
