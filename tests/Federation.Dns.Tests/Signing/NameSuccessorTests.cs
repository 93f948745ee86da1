using Federation.Dns.Signing;
using Federation.Dns.Tests.Support;
using Federation.Dns.Wire;
using Federation.Dns.Zones;

namespace Federation.Dns.Tests.Signing;

public sealed class NameSuccessorTests
{
    [Theory]
    [InlineData("web", 0, "\\000.web")]
    [InlineData("x", 253, "\\000.x")]
    [InlineData("x", 254, "x\\000")] // none fits below: the next one beside it
    [InlineData("x", 255, "y")]
    [InlineData("x\\255\\255", 255, "y")]
    [InlineData("\\@", 255, "[")] // upper case is passed over
    [InlineData("\\255", 255, null)] // its parent's turn
    public void Write_AnyName_IsTheNextOne(string first, int length, string? expected)
    {
        var (label, tail) = (TestMessage.WireName(first), new List<byte>());
        while (label.Length + tail.Count < length)
        {
            var fill = Math.Min(length - label.Length - tail.Count, 40);
            tail.AddRange(fill == 1 ? throw new InvalidOperationException("no room for a label") : (byte[])[(byte)(fill - 1), .. Enumerable.Repeat((byte)'b', fill - 1)]);
        }

        var name = DnsName.FromWire([.. label.AsSpan(..^1), .. tail, 0]);
        var next = new byte[DnsName.MaxLength];
        var following = DnsName.FromWire(next.AsSpan(0, NameSuccessor.Write(name.Wire, next)));
        CanonicalOrder.Instance.Compare(name, following).ShouldBeLessThan(0);
        if (expected is not null)
            following.Wire.ToArray().ShouldBe([.. TestMessage.WireName(expected).AsSpan(..^1), .. tail, 0]);
        else
            following.Wire[..(tail[0] + 1)].ToArray().ShouldBe([tail[0], .. tail.GetRange(1, tail[0] - 1), (byte)'c']);
    }

    [Fact]
    public void Of_TypesOfAName_AreWindowsOfBits() =>
        // The example of RFC 4034 section 4.3.
        Convert.ToHexString(TypeBitmap.Of([RecordType.A, RecordType.Mx, RecordType.Rrsig, RecordType.Nsec, (RecordType)1234]))
            .ShouldBe("0006400100000003" + "041B" + "000000000000000000000000000000000000000000000000000020");
}
