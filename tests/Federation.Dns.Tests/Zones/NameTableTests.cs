using Federation.Dns.Wire;
using Federation.Dns.Zones;

namespace Federation.Dns.Tests.Zones;

public sealed class NameTableTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void With_RandomEdits_EqualsADictionaryAndLeavesOlderTablesAlone(int seed)
    {
        var random = new Random(seed);
        var model = new Dictionary<DnsName, ZoneNode>();
        var table = NameTable.Empty;
        for (var round = 0; round < 60; round++)
        {
            var before = (Table: table, Model: new Dictionary<DnsName, ZoneNode>(model));
            var edits = new Dictionary<DnsName, ZoneNode?>();
            for (var i = random.Next(1, 200); i > 0; i--)
            {
                var name = DnsName.Parse($"n{random.Next(3_000)}.test");
                edits[name] = random.Next(3) == 0 ? null : ZoneNode.Empty(name, ZoneNode.NoRegion);
            }

            table = table.With(edits);
            foreach (var (name, node) in edits)
            {
                if (node is null)
                    model.Remove(name);
                else
                    model[name] = node;
            }

            Same(table, model, seed);
            Same(before.Table, before.Model, seed);
        }
    }

    private static void Same(NameTable table, Dictionary<DnsName, ZoneNode> model, int seed)
    {
        table.Count.ShouldBe(model.Count, $"seed {seed}");
        table.Nodes.Count().ShouldBe(model.Count);
        for (var i = 0; i < 3_000; i++)
        {
            var name = DnsName.Parse($"n{i}.test");
            table.Find(name).ShouldBeSameAs(model.GetValueOrDefault(name));
            var likely = NameTable.FindLikely(table.Shard(name.Hash), name.Hash);
            (likely?.Name.Hash ?? name.Hash).ShouldBe(name.Hash);
            (likely is not null || !model.ContainsKey(name)).ShouldBeTrue($"seed {seed}");
        }
    }
}
