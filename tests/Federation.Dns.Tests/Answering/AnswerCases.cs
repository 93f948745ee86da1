namespace Federation.Dns.Tests.Answering;

/// <summary>Queries and their whole answers, as text. A case is a line <c>? name type</c> and what must come back: status with flags, then records by section.</summary>
internal static class AnswerCases
{
    public const string Zone = """
        web.shop.svc            5   A     192.0.2.1
        web.shop.svc            5   AAAA  2001:db8::1
        api.shop.svc            5   A     192.0.2.2
        down.shop.svc
        _http._tcp.web.shop.svc 5   SRV   0 0 8080 web.shop.svc.fed.test.
        note                    60  TXT   "hello" "world"
        old                     30  CNAME web.shop.svc.fed.test.
        a.b.c.deep              5   A     192.0.2.9
        """;

    private const string Soa = "SOA ns.fed.test. hostmaster.fed.test. 7 300 60 1209600 5";

    public const string Cases = $"""
        ; data
        ? web.shop.svc.fed.test. A
        NOERROR aa
        an web.shop.svc.fed.test. 5 A 192.0.2.1

        ? web.shop.svc.fed.test. AAAA
        NOERROR aa
        an web.shop.svc.fed.test. 5 AAAA 2001:db8::1

        ? _http._tcp.web.shop.svc.fed.test. SRV
        NOERROR aa
        an _http._tcp.web.shop.svc.fed.test. 5 SRV 0 0 8080 web.shop.svc.fed.test.

        ? note.fed.test. TXT
        NOERROR aa
        an note.fed.test. 60 TXT "hello" "world"

        ; the apex: SOA, and NS with the server's addresses
        ? fed.test. SOA
        NOERROR aa
        an fed.test. 300 {Soa}

        ? fed.test. NS
        NOERROR aa
        an fed.test. 300 NS ns.fed.test.
        ad ns.fed.test. 300 A 192.0.2.53
        ad ns.fed.test. 300 AAAA 2001:db8::53

        ? ns.fed.test. A
        NOERROR aa
        an ns.fed.test. 300 A 192.0.2.53

        ; a CNAME answers for every type (RFC 1034 3.6.2), and what it leads to inside the zone goes along
        ? old.fed.test. A
        NOERROR aa
        an old.fed.test. 30 CNAME web.shop.svc.fed.test.
        an web.shop.svc.fed.test. 5 A 192.0.2.1

        ? old.fed.test. CNAME
        NOERROR aa
        an old.fed.test. 30 CNAME web.shop.svc.fed.test.

        ; no data: the name exists, with the SOA and its minimum as TTL (RFC 2308)
        ? web.shop.svc.fed.test. TXT
        NOERROR aa
        au fed.test. 5 {Soa}

        ? api.shop.svc.fed.test. AAAA
        NOERROR aa
        au fed.test. 5 {Soa}

        ? down.shop.svc.fed.test. A
        NOERROR aa
        au fed.test. 5 {Soa}

        ? fed.test. A
        NOERROR aa
        au fed.test. 5 {Soa}

        ? note.fed.test. MX
        NOERROR aa
        au fed.test. 5 {Soa}

        ; empty non-terminals exist (RFC 8020)
        ? shop.svc.fed.test. A
        NOERROR aa
        au fed.test. 5 {Soa}

        ? svc.fed.test. A
        NOERROR aa
        au fed.test. 5 {Soa}

        ? c.deep.fed.test. A
        NOERROR aa
        au fed.test. 5 {Soa}

        ? _tcp.web.shop.svc.fed.test. SRV
        NOERROR aa
        au fed.test. 5 {Soa}

        ; no such name
        ? nope.shop.svc.fed.test. A
        NXDOMAIN aa
        au fed.test. 5 {Soa}

        ? below.api.shop.svc.fed.test. A
        NXDOMAIN aa
        au fed.test. 5 {Soa}

        ? x.fed.test. SOA
        NXDOMAIN aa
        au fed.test. 5 {Soa}

        ; ANY gets one set (RFC 8482)
        ? web.shop.svc.fed.test. ANY
        NOERROR aa
        an web.shop.svc.fed.test. 5 A 192.0.2.1

        ? shop.svc.fed.test. ANY
        NOERROR aa
        au fed.test. 5 {Soa}

        ; lookups ignore case; the question comes back as it was sent
        ? wEb.ShoP.SVC.fEd.TeSt. A
        NOERROR aa
        an wEb.ShoP.SVC.fEd.TeSt. 5 A 192.0.2.1

        ? NOPE.Fed.Test. A
        NXDOMAIN aa
        au Fed.Test. 5 SOA ns.Fed.Test. hostmaster.Fed.Test. 7 300 60 1209600 5

        ; not ours
        ? example.org. A
        REFUSED

        ? test. A
        REFUSED

        ? . NS
        REFUSED

        ? notfed.test. A
        REFUSED

        ? xfed.test. SOA
        REFUSED

        ? fed.test. AXFR
        REFUSED

        ? fed.test. IXFR
        REFUSED

        ? web.shop.svc.fed.test. A CH
        REFUSED

        ? web.shop.svc.fed.test. A ANYCLASS
        REFUSED

        ; OPT is no type to ask for
        ? web.shop.svc.fed.test. OPT
        FORMERR
        """;
}
