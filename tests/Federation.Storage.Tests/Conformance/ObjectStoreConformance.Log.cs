using static Federation.Storage.Tests.Conformance.Sample;

namespace Federation.Storage.Tests.Conformance;

public abstract partial class ObjectStoreConformance
{
    [Fact]
    public async Task Write_ThirtyTwoWriters_RevisionsAreGapFreeInCommitOrder()
    {
        const int writers = 32, writesEach = 25;
        var tail = TailAsync(Store, writers * writesEach);

        var acknowledged = (await Task.WhenAll(Enumerable.Range(0, writers).Select(writer => Task.Run(async () =>
        {
            var revisions = new List<long>();
            var last = 0L;
            for (var index = 0; index < writesEach; index++)
            {
                var key = App($"w{writer}");
                last = await Store.WriteSuccessfullyAsync(index == 0 ? Create(key) : Update(key, last, $"{index}"));
                // Commit order: what was acknowledged before this write began lies before it.
                if (revisions.Count > 0)
                    last.ShouldBeGreaterThan(revisions[^1]);
                revisions.Add(last);
                (await Store.GetAsync(key, Deadline()))!.Revision.ShouldBe(last);
            }

            return revisions;
        })))).SelectMany(revisions => revisions).Order().ToList();

        acknowledged.ShouldBe(Enumerable.Range(1, writers * writesEach).Select(revision => (long)revision));
        await AssertLogAgreesWithObjectsAsync(Store);
        (await tail).ShouldBe(acknowledged);
    }

    [Fact]
    public async Task Write_ManyWritersOfOneObject_OneWinsEachRevision()
    {
        var created = await Store.WriteSuccessfullyAsync(Create(App("web"), "0"));

        var wins = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(async () =>
        {
            var won = 0;
            while (won < 5)
            {
                var current = (await Store.GetAsync(App("web"), Deadline()))!;
                var outcome = await Store.WriteAsync(Update(App("web"), current.Revision, $"{current.Revision}"), Deadline());
                if (outcome is WriteOutcome.Written)
                    won++;
                else
                    outcome.ShouldBeOfType<WriteOutcome.Conflict>().CurrentRevision.ShouldBeGreaterThan(current.Revision);
            }

            return won;
        })));

        var changes = (await Store.ReadPageAsync(created)).Changes;
        changes.Count.ShouldBe(wins.Sum());
        foreach (var change in changes)
        {
            // No update was lost: each was computed from exactly the one before it.
            change.PreviousRevision.ShouldBe(change.Revision - 1);
            Text(change.Json).ShouldBe(Text(Json($"{change.Revision - 1}")));
        }
    }

    [Fact]
    public async Task Write_ConflictAmongMany_FailsAlone()
    {
        await Store.WriteSuccessfullyAsync(Create(App("taken")));

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 64).Select(index =>
            Store.WriteAsync(index % 8 == 3 ? Create(App("taken")) : Create(App($"a{index}")), Deadline())));

        for (var index = 0; index < outcomes.Length; index++)
        {
            if (index % 8 == 3)
                outcomes[index].ShouldBe(new WriteOutcome.Conflict(1));
            else
                outcomes[index].ShouldBeOfType<WriteOutcome.Written>();
        }

        (await Store.ReadCurrentRevisionAsync(Deadline())).ShouldBe(1 + 56);
        await AssertLogAgreesWithObjectsAsync(Store);
    }

    [Fact]
    public async Task Compact_ReadingFromBefore_SaysCompactedAndFromThereOnWorks()
    {
        var first = await Store.WriteSuccessfullyAsync(Create(App("web"), "one"));
        var second = await Store.WriteSuccessfullyAsync(Update(App("web"), first, "two"));
        var other = await Store.WriteSuccessfullyAsync(Create(App("other"), "kept"));
        var third = await Store.WriteSuccessfullyAsync(Update(App("web"), second, "three"));

        (await Store.CompactAsync(other, Deadline())).ShouldBe(other);

        (await Store.ReadCompactedRevisionAsync(Deadline())).ShouldBe(other);
        (await Store.ReadChangesAsync(other - 1, 10, false, Deadline())).ShouldBe(new ChangePage.Compacted(other));
        (await Store.ReadChangesAsync(0, 10, true, Deadline())).ShouldBe(new ChangePage.Compacted(other));
        var change = (await Store.ReadPageAsync(other, withPrevious: true)).Changes.ShouldHaveSingleItem();
        change.Revision.ShouldBe(third);
        Text(change.PreviousJson.ShouldNotBeNull()).ShouldBe(Text(Json("two")));
    }

    [Fact]
    public async Task Compact_Everything_KeepsEveryObjectAndTheSequence()
    {
        var keys = Enumerable.Range(0, 20).Select(index => App($"a{index}")).ToList();
        foreach (var key in keys)
        {
            var revision = await Store.WriteSuccessfullyAsync(Create(key, "old"));
            await Store.WriteSuccessfullyAsync(Update(key, revision, key.Name, Noon));
        }

        var gone = await Store.WriteSuccessfullyAsync(Create(App("gone")));
        var last = await Store.WriteSuccessfullyAsync(new ObjectWrite.Delete(App("gone"), gone));

        (await Store.CompactAsync(long.MaxValue, Deadline())).ShouldBe(last);
        (await Store.CompactAsync(1, Deadline())).ShouldBe(last);
        await ReopenAsync();

        (await Store.ReadPageAsync(last)).Changes.ShouldBeEmpty();
        var snapshot = await Store.ReadSnapshotAsync("App", Deadline());
        snapshot.Revision.ShouldBe(last);
        snapshot.Objects.Count.ShouldBe(keys.Count);
        foreach (var found in snapshot.Objects)
            (Text(found.Json), found.ReconcileDue).ShouldBe((Text(Json(found.Key.Name)), Noon));
        (await CountStoredChangesAsync()).ShouldBe(keys.Count);
        (await Store.WriteSuccessfullyAsync(Create(App("next")))).ShouldBe(last + 1);
    }

    [Fact]
    public async Task Compact_WhileWritersWrite_LosesNothing()
    {
        using var stop = new CancellationTokenSource();
        var compacting = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
                await Store.CompactAsync(await Store.ReadCurrentRevisionAsync(Deadline()) - 20, Deadline());
        });

        await Task.WhenAll(Enumerable.Range(0, 8).Select(writer => Task.Run(async () =>
        {
            var last = 0L;
            for (var index = 0; index < 50; index++)
            {
                var key = App($"w{writer}");
                last = await Store.WriteSuccessfullyAsync(last == 0 ? Create(key, "0") : Update(key, last, $"{index}"));
                if (index % 10 != 9)
                    continue;
                await Store.WriteSuccessfullyAsync(new ObjectWrite.Delete(key, last));
                last = await Store.WriteSuccessfullyAsync(Create(key, $"{index}"));
            }
        })));
        await stop.CancelAsync();
        await compacting;

        var objects = (await Store.ReadSnapshotAsync(null, Deadline())).Objects;
        objects.Count.ShouldBe(8);
        objects.ShouldAllBe(found => Text(found.Json) == Text(Json("49")));
    }

    /// <summary>How many log entries the database keeps, those included that can no longer be read.</summary>
    private protected abstract Task<long> CountStoredChangesAsync();

    /// <summary>Replays the whole log and compares what it leads to with what the store says exists.</summary>
    internal static async Task AssertLogAgreesWithObjectsAsync(IObjectStore store)
    {
        var snapshot = await store.ReadSnapshotAsync(null, Deadline());
        var replayed = new SortedDictionary<string, Change>(StringComparer.Ordinal);
        for (var after = 0L; after < snapshot.Revision;)
        {
            foreach (var change in (await store.ReadPageAsync(after)).Changes)
            {
                change.Revision.ShouldBe(after + 1);
                after = change.Revision;
                var name = change.Key.ToString();
                (replayed.TryGetValue(name, out var before) ? before.Revision : 0).ShouldBe(change.PreviousRevision);
                if (change.Type == ChangeType.Delete)
                    replayed.Remove(name);
                else
                    replayed[name] = change;
            }
        }

        snapshot.Objects.Select(found => (found.Key, found.Uid, found.Generation, found.Revision, Text(found.Json)))
            .ShouldBe(replayed.Values.Select(change => (change.Key, change.Uid, change.Generation, change.Revision, Text(change.Json))));
    }

    /// <summary>Follows the log as a cache does and returns the revisions in the order in which they came.</summary>
    internal static async Task<List<long>> TailAsync(IObjectStore store, long throughRevision)
    {
        var seen = new List<long>();
        for (var after = 0L; after < throughRevision; after = seen.Count == 0 ? 0 : seen[^1])
        {
            await store.WaitForChangesAsync(after, Deadline());
            seen.AddRange((await store.ReadPageAsync(after, limit: 64)).Changes.Select(change => change.Revision));
        }

        return seen;
    }
}
