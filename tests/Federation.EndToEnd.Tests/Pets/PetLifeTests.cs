using System.Net.Sockets;
using Federation.TestKit.Pets;
using Federation.TestKit.Waiting;

namespace Federation.EndToEnd.Tests.Pets;

/// <summary>The witness finds what it is there to find.</summary>
public sealed class PetLifeTests
{
    private static PetLife Life(string container, double first, double last, long epoch = 1, string pet = "db-0") => new(pet, epoch, container, first, last);

    [Fact]
    public void Doubles_OneAfterTheOther_None() =>
        PetLife.Doubles([Life("a", 1, 2), Life("b", 2.5, 4), Life("c", 4.5, 6, epoch: 2), Life("x", 1, 9, pet: "db-1")]).ShouldBeEmpty();

    [Fact]
    public void Doubles_TwoAliveTogether_AreNamed() => PetLife.Doubles([Life("a", 1, 3), Life("b", 2.5, 4, epoch: 2)]).ShouldHaveSingleItem().ShouldContain("alive");

    [Fact]
    public void Doubles_OneOutlivesSeveral_IsFoundForEach() => PetLife.Doubles([Life("a", 1, 9), Life("b", 2, 3), Life("c", 4, 5)]).Count.ShouldBe(2);

    [Fact]
    public void Doubles_EpochGoesBack_IsNamed() => PetLife.Doubles([Life("a", 1, 2, epoch: 2), Life("b", 3, 4)]).ShouldHaveSingleItem().ShouldContain("epoch");

    [Fact]
    public async Task Witness_ContainersSpeak_KnowsTheirFirstAndLastWords()
    {
        await using var witness = new PetWitness("127.0.0.1");
        var port = int.Parse(witness.Script.Split("nc 127.0.0.1 ")[1].Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture);
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", port);
        await client.GetStream().WriteAsync("db-0 3 me 10.25\ndb-0 3 me 10.35\ndb-0 3 me 1"u8.ToArray());
        client.Close();
        await Eventually.TrueAsync(() => witness.Lives.Count == 1 && witness.Lives[0].Last > 10.3, "it has heard");
        witness.Lives.ShouldHaveSingleItem().ShouldBe(new PetLife("db-0", 3, "me", 10.25, 10.35));
    }
}
