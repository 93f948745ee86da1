using Federation.Api.Pets;
using Federation.Api.Quantities;
using Federation.Domain.Pets;
using Federation.Domain.Scheduling;

namespace Federation.Domain.Tests.Pets;

/// <summary>A set of three pets in three clusters, and a fourth cluster to move to.</summary>
public abstract class PetMoveScenario
{
    private static readonly (string, string)[] Clusters = [("ap-1", "ap"), ("eu-1", "eu"), ("us-1", "us"), ("zz-1", "zz")];

    private protected static string WhyNot(PetWorld world, string to, Func<ClusterSnapshot, ClusterSnapshot>? change = null, bool isBack = false) => PetMoveAdmission.WhyNot(
        world.Set, 0, to, isBack, new(world.Time, [.. world.Clusters.Select(cluster => cluster.Name == to && change is not null ? change(world.Snapshot(cluster)) : world.Snapshot(cluster))])).ShouldNotBeNull();

    private protected static void ShouldBeHome(PetWorld world, string from)
    {
        (world.Set.Status.Pets[0].Cluster, world.Set.Status.Pets[0].Epoch, world.Set.Status.Pets[0].Move).ShouldBe((from, 2, null));
        world.Set.Status.Leftovers.ShouldBeEmpty();
        world.Set.Status.Takeovers.ShouldBeEmpty("nobody took it over");
        world.Volumes.Has("zz-1", 0).ShouldBeFalse();
        world.Volumes.Losses.ShouldBeEmpty();
    }

    private protected static PetSetSpec WithClaim(PetSetSpec spec) => spec with { VolumeClaims = [new VolumeClaim { Name = "data", Size = Quantity.Parse("1Gi") }] };

    private protected static PetWorld Settled(Func<PetSetSpec, PetSetSpec>? change = null)
    {
        var world = new PetWorld(TestPets.Db(3, change ?? WithClaim), 1, Clusters);
        world.Clusters[3].HeardAt = -100;
        world.Clusters[3].IsLinked = false;
        Settle(world);
        world.Clusters[3].IsLinked = true;
        Settle(world);
        return world;
    }

    /// <returns>The cluster that pet 0 is to leave.</returns>
    private protected static string Move(PetWorld world, string to)
    {
        Say(world, new PetWord { Ordinal = 0, Epoch = 1, Kind = PetWordKind.Move, To = to, By = "ann", At = world.Time });
        return world.Set.Status.Pets[0].Cluster!;
    }

    /// <summary>A move of pet 0 to zz-1 of which some bytes are there, and never all.</summary>
    private protected static string Copying(PetWorld world)
    {
        Cluster(world, "zz-1").CopiesStall = true;
        var from = Move(world, "zz-1");
        Until(world, () => world.Set.Status.Pets[0].Move?.Bytes > 0);
        Cluster(world, "zz-1").CopiesStall = false;
        return from;
    }

    private protected static FakeCluster Cluster(PetWorld world, string name) => world.Clusters.Single(cluster => cluster.Name == name);

    private protected static void Say(PetWorld world, PetWord word) => world.Store(world.Set with { Status = world.Set.Status with { Words = [.. world.Set.Status.Words, word] } });

    private protected static void Settle(PetWorld world)
    {
        Steps(world, 2);
        Until(world, () => world.LastPlan!.Steps.IsConverged);
    }

    private protected static void Steps(PetWorld world, int count)
    {
        for (var i = 0; i < count; i++)
            world.Step();
    }

    private protected static void Until(PetWorld world, Func<bool> condition)
    {
        for (var i = 0; i < 200 && !condition(); i++)
        {
            world.Step();
            world.Clusters.SelectMany(cluster => cluster.Running.Keys).GroupBy(ordinal => ordinal).ShouldAllBe(same => same.Count() == 1);
        }

        condition().ShouldBeTrue($"{string.Join('\n', world.Trace)}\n{string.Join('\n', world.Set.Status.Pets)}\n{string.Join('\n', world.Set.Status.Conditions)}");
        world.Volumes.Wrongs.ShouldBeEmpty();
    }
}
