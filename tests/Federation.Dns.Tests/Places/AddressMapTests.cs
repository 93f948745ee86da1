using Federation.Dns.Places;

namespace Federation.Dns.Tests.Places;

public sealed class AddressMapTests
{
    [Fact]
    public void Find_NothingClaimed_NobodyAndNoBits() => AddressMap.Empty.Find(UInt128.MaxValue).ShouldBe((AddressMap.None, 0));

    [Fact]
    public void Of_NeighboursOfOnePlace_AreOneRange()
    {
        var map = AddressMap.Of([(0, 2, 5), (UInt128.One << 126, 2, 5)]);
        map.Count.ShouldBe(2);
        map.Find(7).ShouldBe((5, 1));
        map.Find(UInt128.MaxValue).ShouldBe((AddressMap.None, 1));
    }

    /// <summary>Against the rule itself, over few bits so that networks collide: the longest prefix decides, and the bits that are said to decide do, no fewer and no more.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Find_AnyNetworks_TheLongestPrefixDecides(int seed)
    {
        const int bits = 8;
        var random = new Random(seed);
        for (var round = 0; round < 200; round++)
        {
            var networks = Enumerable.Range(0, random.Next(12)).Select(_ => Network(random, bits)).DistinctBy(network => (network.First, network.Length)).ToList();
            var map = AddressMap.Of(networks.Select(network => ((UInt128)network.First << (128 - bits), network.Length, network.Place)));
            var places = Enumerable.Range(0, 1 << bits).Select(address => Naive(networks, address, bits)).ToArray();
            for (var address = 0; address < places.Length; address++)
            {
                var (place, scope) = map.Find((UInt128)address << (128 - bits));
                place.ShouldBe(places[address], $"seed {seed}, round {round}, address {address}");
                Block(places, address, scope, bits).All(other => other == place).ShouldBeTrue($"seed {seed}, round {round}, address {address}, {scope} bits");
                if (scope > 0)
                    Block(places, address, scope - 1, bits).Any(other => other != place).ShouldBeTrue($"seed {seed}, round {round}, address {address}, {scope} bits");
            }
        }
    }

    private static (int First, int Length, int Place) Network(Random random, int bits)
    {
        var length = random.Next(bits + 1);
        return (random.Next(1 << bits) >> (bits - length) << (bits - length), length, random.Next(3));
    }

    private static int Naive(List<(int First, int Length, int Place)> networks, int address, int bits) => networks
        .Where(network => address >> (bits - network.Length) == network.First >> (bits - network.Length))
        .OrderByDescending(network => network.Length)
        .Select(network => network.Place)
        .FirstOrDefault(AddressMap.None);

    private static IEnumerable<int> Block(int[] places, int address, int length, int bits)
    {
        var size = 1 << (bits - length);
        return places.Skip(address / size * size).Take(size);
    }
}
