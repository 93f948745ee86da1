using Federation.Dns.Wire;

namespace Federation.Dns.Tests.Wire;

public sealed class DnsNameTests
{
    [Theory]
    [InlineData(".", ".")]
    [InlineData("fed.test", "fed.test.")]
    [InlineData("fed.test.", "fed.test.")]
    [InlineData("WEB.Fed.TEST", "web.fed.test.")]
    [InlineData(@"a\.b.test", @"a\.b.test.")]
    [InlineData(@"a\000b.test", @"a\000b.test.")]
    [InlineData(@"\097b.test", "ab.test.")]
    public void Parse_Name_ReadsBackInLowerCase(string text, string expected)
    {
        var name = DnsName.Parse(text);
        name.ToString().ShouldBe(expected);
        DnsName.Parse(name.ToString()).ShouldBe(name);
    }

    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData(".a")]
    [InlineData("a..b")]
    [InlineData("a b")]
    [InlineData("é.test")]
    [InlineData(@"a\")]
    [InlineData(@"a\256.b")]
    [InlineData(@"a\25")]
    public void TryParse_NoName_IsFalse(string text) => DnsName.TryParse(text, out _).ShouldBeFalse();

    [Fact]
    public void TryParse_Lengths_StopAtTheLimits()
    {
        DnsName.TryParse(new string('a', 63), out _).ShouldBeTrue();
        DnsName.TryParse(new string('a', 64), out _).ShouldBeFalse();

        // 3 * 64 + 62 + 1 = 255 bytes on the wire.
        var label = new string('a', 63) + ".";
        DnsName.Parse(label + label + label + new string('b', 61)).Length.ShouldBe(255);
        DnsName.TryParse(label + label + label + new string('b', 61) + ".", out _).ShouldBeTrue();
        DnsName.TryParse(label + label + label + new string('b', 62), out _).ShouldBeFalse();
    }

    [Theory]
    [InlineData("web.fed.test", "fed.test", true)]
    [InlineData("fed.test", "fed.test", true)]
    [InlineData("xfed.test", "fed.test", false)]
    [InlineData("test", "fed.test", false)]
    [InlineData("anything", ".", true)]
    public void IsAtOrBelow_Suffix_CountsAtLabelsOnly(string name, string ancestor, bool expected) =>
        DnsName.Parse(name).IsAtOrBelow(DnsName.Parse(ancestor)).ShouldBe(expected);

    [Fact]
    public void IsAtOrBelow_LengthByteInsideALabel_IsNotBelow()
    {
        // The bytes of fed.test. end the name, but begin inside its only first label.
        var name = DnsName.FromWire([5, (byte)'a', 3, (byte)'f', (byte)'e', (byte)'d', 4, (byte)'t', (byte)'e', (byte)'s', (byte)'t', 0]);
        name.IsAtOrBelow(DnsName.Parse("fed.test")).ShouldBeFalse();
    }

    [Fact]
    public void LowerAndHash_AnyBytes_LowersLettersOnlyAndAgreesWithHash()
    {
        var random = new Random(1);
        Span<byte> lower = stackalloc byte[256];
        for (var round = 0; round < 5_000; round++)
        {
            var bytes = new byte[random.Next(1, 256)];
            random.NextBytes(bytes);
            var hash = NameHash.LowerAndHash(bytes, lower);
            for (var i = 0; i < bytes.Length; i++)
                lower[i].ShouldBe(bytes[i] is >= (byte)'A' and <= (byte)'Z' ? (byte)(bytes[i] + 32) : bytes[i]);
            NameHash.Hash(lower[..bytes.Length]).ShouldBe(hash);
        }
    }
}
