using static Federation.Storage.Tests.Conformance.Sample;

namespace Federation.Storage.Tests.Conformance;

public abstract partial class ObjectStoreConformance
{
    private static readonly TimeSpan Claim = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task ClaimDue_SomeAreDue_GivesThemEarliestFirstAndLeavesTheRest()
    {
        await Store.WriteSuccessfullyAsync(Create(App("later"), due: Noon.AddMicroseconds(1)));
        var second = await Store.WriteSuccessfullyAsync(Create(App("second"), due: Noon));
        await Store.WriteSuccessfullyAsync(Create(App("first"), due: Noon.AddHours(-1)));
        await Store.WriteSuccessfullyAsync(Create(App("never")));

        var claimed = await Store.ClaimDueAsync(Noon, 10, Claim, "silo-1", Deadline());

        claimed.Select(due => due.Key.Name).ShouldBe(["first", "second"]);
        claimed[1].ShouldBe(new DueObject(App("second"), "uid-second", second, Noon, Noon + Claim));
    }

    [Fact]
    public async Task ClaimDue_MoreThanTheLimit_GivesEachOnce()
    {
        for (var index = 0; index < 5; index++)
            await Store.WriteSuccessfullyAsync(Create(App($"a{index}"), due: Noon.AddSeconds(index - 10)));

        var names = new List<string>();
        foreach (var count in new[] { 2, 2, 1, 0 })
        {
            var claimed = await Store.ClaimDueAsync(Noon, 2, Claim, "silo-1", Deadline());
            claimed.Count.ShouldBe(count);
            names.AddRange(claimed.Select(due => due.Key.Name));
        }

        names.ShouldBe(["a0", "a1", "a2", "a3", "a4"]);
    }

    [Fact]
    public async Task ClaimDue_ClaimRanOut_GoesToTheNextClaimant()
    {
        await Store.WriteSuccessfullyAsync(Create(App("web"), due: Noon));
        (await Store.ClaimDueAsync(Noon, 10, Claim, "silo-1", Deadline())).Count.ShouldBe(1);

        (await Store.ClaimDueAsync(Noon + Claim - TimeSpan.FromMicroseconds(1), 10, Claim, "silo-2", Deadline())).ShouldBeEmpty();
        var again = await Store.ClaimDueAsync(Noon + Claim, 10, Claim, "silo-2", Deadline());
        again.ShouldHaveSingleItem().ClaimedUntil.ShouldBe(Noon + Claim + Claim);
        (await Store.ClaimDueAsync(Noon + Claim, 10, Claim, "silo-1", Deadline())).ShouldBeEmpty();
    }

    [Fact]
    public async Task ClaimDue_ObjectWrittenAgain_ObeysItsNewTimerAtOnce()
    {
        var revision = await Store.WriteSuccessfullyAsync(Create(App("web"), due: Noon));
        await Store.ClaimDueAsync(Noon, 10, Claim, "silo-1", Deadline());

        // Shorter than the claim would have lasted: only a settled claim lets it through.
        revision = await Store.WriteSuccessfullyAsync(Update(App("web"), revision, due: Noon.AddSeconds(1)));
        (await Store.ClaimDueAsync(Noon, 10, Claim, "silo-1", Deadline())).ShouldBeEmpty();
        (await Store.ClaimDueAsync(Noon.AddSeconds(1), 10, Claim, "silo-1", Deadline())).ShouldHaveSingleItem().Revision.ShouldBe(revision);

        await Store.WriteSuccessfullyAsync(new ObjectWrite.SetReconcileDue(App("web"), Noon.AddSeconds(2), revision));
        (await Store.ClaimDueAsync(Noon.AddSeconds(2), 10, Claim, "silo-1", Deadline())).ShouldHaveSingleItem();

        await Store.WriteSuccessfullyAsync(Update(App("web"), revision));
        (await Store.ClaimDueAsync(Noon.AddYears(1), 10, Claim, "silo-1", Deadline())).ShouldBeEmpty();
    }

    [Fact]
    public async Task ClaimDue_ObjectDeleted_IsForgotten()
    {
        var revision = await Store.WriteSuccessfullyAsync(Create(App("web"), due: Noon));
        await Store.WriteSuccessfullyAsync(new ObjectWrite.Delete(App("web"), revision));
        (await Store.ClaimDueAsync(Noon, 10, Claim, "silo-1", Deadline())).ShouldBeEmpty();
        (await Store.ReadNextDueAsync(Deadline())).ShouldBeNull();
    }

    [Fact]
    public async Task ClaimDue_ManyClaimantsAtOnce_GiveEachTimerToOneOfThem()
    {
        const int timers = 200;
        await Task.WhenAll(Enumerable.Range(0, timers).Select(index => Store.WriteSuccessfullyAsync(Create(App($"a{index}"), due: Noon))));

        var claims = await Task.WhenAll(Enumerable.Range(0, 8).Select(claimant => Task.Run(async () =>
        {
            var mine = new List<string>();
            while (await Store.ClaimDueAsync(Noon, 7, Claim, $"silo-{claimant}", Deadline()) is { Count: > 0 } claimed)
                mine.AddRange(claimed.Select(due => due.Key.Name));
            return mine;
        })));

        // A claimant that finds every remaining row locked by others stops early, so all are gone only now.
        var names = claims.SelectMany(mine => mine).ToList();
        while (await Store.ClaimDueAsync(Noon, 7, Claim, "last", Deadline()) is { Count: > 0 } rest)
            names.AddRange(rest.Select(due => due.Key.Name));
        names.Count.ShouldBe(timers);
        names.Distinct().Count().ShouldBe(timers);
    }

    [Fact]
    public async Task ClaimDue_Reopened_TimersAndClaimsAreStillThere()
    {
        await Store.WriteSuccessfullyAsync(Create(App("claimed"), due: Noon.AddHours(-1)));
        await Store.WriteSuccessfullyAsync(Create(App("waiting"), due: Noon));
        await Store.ClaimDueAsync(Noon, 1, Claim, "silo-1", Deadline());

        await ReopenAsync();

        (await Store.ClaimDueAsync(Noon, 10, Claim, "silo-2", Deadline())).ShouldHaveSingleItem().Key.Name.ShouldBe("waiting");
        (await Store.ClaimDueAsync(Noon + Claim, 1, Claim, "silo-2", Deadline())).ShouldHaveSingleItem().Key.Name.ShouldBe("claimed");
    }

    [Fact]
    public async Task ReadNextDue_TimersAndClaims_IsTheFirstThatCanBeClaimed()
    {
        (await Store.ReadNextDueAsync(Deadline())).ShouldBeNull();
        await Store.WriteSuccessfullyAsync(Create(App("a"), due: Noon));
        await Store.WriteSuccessfullyAsync(Create(App("b"), due: Noon.AddHours(1)));
        (await Store.ReadNextDueAsync(Deadline())).ShouldBe(Noon);

        await Store.ClaimDueAsync(Noon, 10, Claim, "silo-1", Deadline());
        (await Store.ReadNextDueAsync(Deadline())).ShouldBe(Noon + Claim);

        await Store.ClaimDueAsync(Noon + Claim, 10, TimeSpan.FromHours(3), "silo-1", Deadline());
        (await Store.ReadNextDueAsync(Deadline())).ShouldBe(Noon.AddHours(1));
    }
}
